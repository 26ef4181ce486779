import { LEFT_OUT } from "../kernel/lab/bundle.ts";
import { run } from "../kernel/lab/mod.ts";

const ROOT = new URL("../", import.meta.url).pathname;
const LICENCE_FILE = /^(licen[cs]e|copying)(\.|$)/i;

interface Graph {
  npmPackages: Record<
    string,
    { name: string; version: string; localPath: string; dependencies: string[] }
  >;
}

/** The packages in the bundle, without those that are left out and their own dependencies. */
function bundled({ npmPackages }: Graph): Graph["npmPackages"][string][] {
  const reach = (ids: readonly string[], found = new Set<string>()): Set<string> => {
    for (const id of ids.filter((id) => !found.has(id))) {
      found.add(id);
      reach(npmPackages[id]?.dependencies ?? [], found);
    }
    return found;
  };
  const ids = Object.keys(npmPackages);
  const without = reach(ids.filter((id) => LEFT_OUT.includes(npmPackages[id]!.name)));
  const rest = reach(ids.filter((id) => !without.has(id)));
  return ids.filter((id) => rest.has(id)).map((id) => npmPackages[id]!);
}

/** The npm packages in the bundle of the command line, and their licences, as text. */
export async function thirdParties(): Promise<string> {
  const text = await run([Deno.execPath(), "info", "--json", "cli/main.ts"], { cwd: ROOT });
  const graph: Graph = JSON.parse(text);
  const entries = await Promise.all(bundled(graph).map(describe));
  return `dmacopy.js contains parts of these npm packages.\n\n${entries.join("\n")}`;
}

async function describe(
  { name, version, localPath }: Graph["npmPackages"][string],
): Promise<string> {
  const { license } = JSON.parse(await Deno.readTextFile(`${localPath}/package.json`));
  const file = [...Deno.readDirSync(localPath)].find((entry) => LICENCE_FILE.test(entry.name));
  const terms = file ? await Deno.readTextFile(`${localPath}/${file.name}`) : "";
  return `== ${name} ${version}: ${license ?? "see its text"}\n\n${terms.trim()}\n`;
}
