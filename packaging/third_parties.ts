import { run } from "../kernel/lab/mod.ts";

const ROOT = new URL("../", import.meta.url).pathname;
const LICENCE_FILE = /^(licen[cs]e|copying)(\.|$)/i;

interface Graph {
  npmPackages: Record<string, { name: string; version: string; localPath: string }>;
}

/** The npm packages that the command line is bundled with, and their licences, as text. */
export async function thirdParties(): Promise<string> {
  const text = await run([Deno.execPath(), "info", "--json", "cli/main.ts"], { cwd: ROOT });
  const { npmPackages }: Graph = JSON.parse(text);
  const entries = await Promise.all(Object.values(npmPackages).map(describe));
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
