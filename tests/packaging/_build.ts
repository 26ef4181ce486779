import { assert } from "@std/assert";

const ROOT = new URL("../../", import.meta.url).pathname;

/** How a program ended. */
export interface Output {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs a program; what it is not told of the environment, it inherits. */
export async function output(
  command: string,
  args: string[],
  options: Deno.CommandOptions = {},
): Promise<Output> {
  const { code, stdout, stderr } = await new Deno.Command(command, { ...options, args }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}

/** Runs a program that must succeed, and returns what it prints. */
export async function succeed(
  command: string,
  args: string[],
  options: Deno.CommandOptions = {},
): Promise<string> {
  const { code, stdout, stderr } = await output(command, args, options);
  assert(code === 0, `${command} ${args.join(" ")}: ${code}\n${stdout}${stderr}`);
  return stdout;
}

/** Builds a package by its task, and returns the paths that the task prints. */
export async function buildPackage(
  task: "npm" | "deb",
  options: Deno.CommandOptions = {},
): Promise<string[]> {
  const main = `${ROOT}packaging/${task}.ts`;
  const text = await succeed(Deno.execPath(), ["run", "-A", main], { cwd: ROOT, ...options });
  return text.trim().split("\n");
}
