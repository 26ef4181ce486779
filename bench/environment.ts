import type { Environment } from "./result.ts";

async function text(path: string): Promise<string> {
  return (await Deno.readTextFile(path)).trim();
}

/** A field of /proc/cpuinfo or /proc/meminfo. */
function field(content: string, name: string): string | undefined {
  return new RegExp(`^${name}\\s*:\\s*(.*)$`, "m").exec(content)?.[1];
}

/** Cores of Arm Ltd by their part numbers, as arm64's /proc/cpuinfo has nothing else. */
const ARM_CORES: Record<number, string> = {
  0xd03: "Cortex-A53",
  0xd05: "Cortex-A55",
  0xd07: "Cortex-A57",
  0xd08: "Cortex-A72",
  0xd09: "Cortex-A73",
  0xd0a: "Cortex-A75",
  0xd0b: "Cortex-A76",
  0xd0c: "Neoverse-N1",
  0xd0d: "Cortex-A77",
  0xd40: "Neoverse-V1",
  0xd41: "Cortex-A78",
  0xd44: "Cortex-X1",
  0xd46: "Cortex-A510",
  0xd47: "Cortex-A710",
  0xd48: "Cortex-X2",
  0xd49: "Neoverse-N2",
  0xd4d: "Cortex-A715",
  0xd4e: "Cortex-X3",
  0xd4f: "Neoverse-V2",
};
const ARM_LTD = 0x41;

/** The name of the processor from the text of /proc/cpuinfo; for several kinds of cores, the last one's. */
export function cpuName(cpuinfo: string): string {
  const named = field(cpuinfo, "model name") ?? field(cpuinfo, "Model");
  if (named) return named;
  const numbers = (name: string) =>
    [...cpuinfo.matchAll(new RegExp(`^CPU ${name}\\s*:\\s*(\\S+)$`, "gm"))].map(([, hex]) => hex!);
  const [implementer, part] = [numbers("implementer").at(-1), numbers("part").at(-1)];
  if (implementer === undefined || part === undefined) return Deno.build.arch;
  const core = Number(implementer) === ARM_LTD ? ARM_CORES[Number(part)] : undefined;
  return core ? `Arm ${core}` : `Arm core ${implementer}/${part}`;
}

function unescaped(mountPoint: string): string {
  return mountPoint.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(parseInt(octal, 8)));
}

/** The type of the filesystem that holds a path, and its device. */
export interface Mount {
  type: string;
  /** The device, as "/dev/vda". */
  source: string;
}

/** The filesystem that holds a path, from the text of /proc/self/mountinfo (proc(5)). */
export function mountOf(path: string, mountinfo: string): Mount {
  const mounts = mountinfo.trim().split("\n").map((line) => {
    const [before = "", after = ""] = line.split(" - ");
    const [type = "", source = ""] = after.split(" ");
    return { point: unescaped(before.split(" ")[4] ?? ""), type, source: unescaped(source) };
  });
  const holding = mounts.filter(({ point }) =>
    point === "/" || path === point || path.startsWith(`${point}/`)
  );
  const longest = Math.max(...holding.map(({ point }) => point.length));
  const { type = "unknown", source = "" } =
    holding.findLast(({ point }) => point.length === longest) ?? {};
  return { type, source };
}

/**
 * The lab's settings on the kernel's command line: `dmacopy.clock=model` and
 * `dmacopy.device=BYTES_PER_SECOND,LATENCY_US`.
 */
export function labParameters(cmdline: string): Pick<Environment, "clock" | "device"> {
  const words = cmdline.trim().split(/\s+/);
  const device = words.map((word) => /^dmacopy\.device=(\d+),(\d+)$/.exec(word)).find(Boolean);
  return {
    clock: words.includes("dmacopy.clock=model") ? "model" : "wall",
    device: device ? { bytesPerSecond: Number(device[1]), latencyUs: Number(device[2]) } : null,
  };
}

/**
 * The project's commit, with "+" when the tree is dirty. The lab passes its commit
 * in `DMACOPY_COMMIT`; elsewhere the checkout around this file gives it. Null outside a checkout.
 */
export async function describeCommit(): Promise<string | null> {
  const stated = Deno.env.get("DMACOPY_COMMIT");
  if (stated) return stated;
  const args = ["describe", "--always", "--abbrev=40", "--dirty=+", "--exclude=*"];
  try {
    const cwd = new URL(".", import.meta.url);
    const git = new Deno.Command("git", { args, cwd, stderr: "null", stdout: "piped" });
    const { success, stdout } = await git.output();
    return success ? new TextDecoder().decode(stdout).trim() : null;
  } catch {
    return null;
  }
}

/** Describes this machine, and the filesystem that holds `file`. */
export async function describeEnvironment(
  file: string,
  found: Pick<Environment, "series" | "cachesDropped">,
): Promise<Environment> {
  const [release, cpuinfo, meminfo, cmdline, mountinfo, path] = await Promise.all([
    text("/proc/sys/kernel/osrelease"),
    text("/proc/cpuinfo"),
    text("/proc/meminfo"),
    text("/proc/cmdline"),
    text("/proc/self/mountinfo"),
    Deno.realPath(file),
  ]);
  return {
    kernel: release,
    filesystem: mountOf(path, mountinfo).type,
    cpu: cpuName(cpuinfo),
    architecture: Deno.build.arch,
    ...labParameters(cmdline),
    memoryBytes: parseInt(field(meminfo, "MemTotal") ?? "0") * 1024,
    ...found,
    commit: await describeCommit(),
    date: new Date().toISOString(),
  };
}
