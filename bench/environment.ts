import type { Environment } from "./result.ts";

async function text(path: string): Promise<string> {
  return (await Deno.readTextFile(path)).trim();
}

/** A field of /proc/cpuinfo or /proc/meminfo. */
function field(content: string, name: string): string | undefined {
  return new RegExp(`^${name}\\s*:\\s*(.*)$`, "m").exec(content)?.[1];
}

function unescaped(mountPoint: string): string {
  return mountPoint.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(parseInt(octal, 8)));
}

/** The type of the filesystem that holds a path, and what it is on. */
export interface Mount {
  type: string;
  /** As "/dev/vda". */
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
 * What the lab says of itself on the kernel's command line: `dmacopy.clock=model` and
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
 * The project's commit, with "+" when the tree is dirty. The lab states the one it was started from
 * in `DMACOPY_COMMIT`; elsewhere the checkout around this file does. Null outside a checkout.
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
    cpu: field(cpuinfo, "model name") ?? Deno.build.arch,
    architecture: Deno.build.arch,
    ...labParameters(cmdline),
    memoryBytes: parseInt(field(meminfo, "MemTotal") ?? "0") * 1024,
    ...found,
    commit: await describeCommit(),
    date: new Date().toISOString(),
  };
}
