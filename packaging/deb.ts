// `deno task deb [amd64|arm64]…`: writes dist/dmacopy_VERSION_MACHINE.deb, for both by default.
import { compileShim } from "../ffi/mod.ts";
import { LabError, run } from "../kernel/lab/mod.ts";
import { reportError } from "../terminal/report_error.ts";
import { writeCompletions } from "./completions.ts";
import { fetchDeno } from "./deno_binary.ts";
import { type Machine, MACHINES, machines } from "./machine.ts";
import { outputFolder, stageProgram } from "./program.ts";
import { sysroot, sysrootFlags } from "./sysroot.ts";

const DEBIAN = new URL("debian/", import.meta.url).pathname;
const PAGE = new URL("../docs/dmacopy.1", import.meta.url);

/** Stages the files that are the same for every machine, for debhelper. */
async function stage(folder: string): Promise<void> {
  await run(["cp", "-r", DEBIAN, `${folder}/debian`]);
  for (const name of ["control", "changelog"]) await fillIn(`${folder}/debian/${name}`);
  await stageProgram({ folder, launcher: "launchers/debian" });
  await Deno.rename(`${folder}/debian/example.conf`, `${folder}/example.conf`);
  await Deno.copyFile(PAGE, `${folder}/dmacopy.1`);
  const program = [Deno.execPath(), "run", "-A", "--no-config", `${folder}/dmacopy.js`];
  await writeCompletions(`${folder}/completions`, program);
}

/** Fills in the maintainer: the person who makes the package, as in Debian's own tools. */
async function fillIn(path: string): Promise<void> {
  const name = Deno.env.get("DEBFULLNAME") || "dmacopy's packager";
  const address = Deno.env.get("DEBEMAIL") || `root@${Deno.hostname()}`;
  const text = await Deno.readTextFile(path);
  await Deno.writeTextFile(path, text.replace("@MAINTAINER@", `${name} <${address}>`));
}

/** Builds the package for one machine. */
async function build(machine: Machine, folder: string): Promise<string> {
  await fetchDeno(machine, folder);
  const flags = [...sysrootFlags(machine, await sysroot(machine)), "-s"];
  compileShim(`${folder}/shim.so`, { compiler: `${MACHINES[machine].triplet}-gcc`, flags });
  const argv = ["dpkg-buildpackage", "-us", "-uc", "-b", "-d", `-a${machine}`];
  await run(argv, {
    cwd: folder,
    env: { DEB_BUILD_OPTIONS: "nocheck noddebs", LC_ALL: "C.UTF-8" },
  });
  const { parent, name } = await findPackage(folder, machine);
  const to = `${await outputFolder()}${name}`;
  await Deno.copyFile(`${parent}/${name}`, to);
  return to;
}

async function findPackage(folder: string, machine: Machine) {
  const parent = `${folder}/..`;
  for await (const { name } of Deno.readDir(parent)) {
    if (name.endsWith(`_${machine}.deb`)) return { parent, name };
  }
  throw new LabError(`dpkg-buildpackage made no package for ${machine}`);
}

function parse(args: string[]): Machine[] {
  const unknown = args.find((arg) => !(machines as string[]).includes(arg));
  if (unknown !== undefined) {
    throw new LabError(`there is no package for ${unknown}: ${machines.join(" or ")}`);
  }
  return args.length > 0 ? args as Machine[] : machines;
}

async function main(args: string[]): Promise<void> {
  const wanted = parse(args);
  const work = await Deno.makeTempDir({ prefix: "dmacopy-deb-" });
  try {
    const folder = `${work}/dmacopy`;
    await Deno.mkdir(folder);
    await stage(folder);
    for (const machine of wanted) console.log(await build(machine, folder));
  } finally {
    await Deno.remove(work, { recursive: true });
  }
}

try {
  await main(Deno.args);
} catch (error) {
  Deno.exit(reportError(error));
}
