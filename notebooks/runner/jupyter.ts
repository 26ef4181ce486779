import { cachePath } from "../../base/cache_path.ts";

/** The project's own kernelspec, which lives in its cache rather than in the user's home. */
const KERNEL = "dmacopy-deno";

const LOCAL = {
  JUPYTER_PATH: "share",
  JUPYTER_DATA_DIR: "data",
  JUPYTER_CONFIG_DIR: "config",
  JUPYTER_RUNTIME_DIR: "runtime",
  IPYTHONDIR: "ipython",
};

/** Jupyter is missing, or failed. */
export class JupyterError extends Error {
  override readonly name = "JupyterError";
}

/** Writes the kernelspec and returns the environment in which Jupyter finds it. */
async function environment(): Promise<Record<string, string>> {
  const folder = cachePath("jupyter");
  const spec = `${folder}/share/kernels/${KERNEL}`;
  await Deno.mkdir(spec, { recursive: true });
  const kernel = {
    argv: [Deno.execPath(), "jupyter", "--kernel", "--conn", "{connection_file}"],
    display_name: "Deno (dmacopy)",
    language: "typescript",
    env: { NO_COLOR: "1", RUST_BACKTRACE: "0" },
  };
  await Deno.writeTextFile(`${spec}/kernel.json`, JSON.stringify(kernel, null, 2));
  const folders = Object.entries(LOCAL).map(([name, part]) => [name, `${folder}/${part}`]);
  return { ...Object.fromEntries(folders), PYTHONWARNINGS: "ignore", NO_COLOR: "1" };
}

async function jupyter(args: string[], signal?: AbortSignal): Promise<string> {
  const command = new Deno.Command("jupyter", {
    args,
    env: await environment(),
    stdin: "null",
    ...(signal && { signal }),
  });
  let output: Deno.CommandOutput;
  try {
    output = await command.output();
  } catch (cause) {
    if (!(cause instanceof Deno.errors.NotFound)) throw cause;
    throw new JupyterError('Jupyter is not installed; "./run notebooks" installs it', { cause });
  }
  signal?.throwIfAborted();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  if (output.success) return decode(output.stdout);
  const reason = decode(output.stderr).trim().split("\n").at(-1) ?? "no message";
  throw new JupyterError(`jupyter ${args[0]} failed: ${reason}`);
}

/**
 * Executes the notebook at `path` in its folder and writes the result to `folder` under the same
 * name. A cell that throws leaves an output that says so.
 */
export async function execute(path: string, folder: string, signal?: AbortSignal): Promise<string> {
  await jupyter([
    ...["nbconvert", "--to", "notebook", "--execute", "--allow-errors"],
    ...[`--ExecutePreprocessor.kernel_name=${KERNEL}`, "--ExecutePreprocessor.timeout=600"],
    "--ExecutePreprocessor.record_timing=False",
    ...["--output-dir", folder, path],
  ], signal);
  return `${folder}/${path.slice(path.lastIndexOf("/") + 1)}`;
}

/** The body of a notebook's page: no head, no style, no script. */
export async function htmlBody(path: string, signal?: AbortSignal): Promise<string> {
  return await jupyter(
    ["nbconvert", "--to", "html", "--template", "basic", "--stdout", path],
    signal,
  );
}

/** Opens Jupyter on a folder and returns its exit status when it ends. */
export async function open(folder: string): Promise<number> {
  const args = ["notebook", `--notebook-dir=${folder}`];
  const asRoot = Deno.uid() === 0 ? ["--allow-root"] : [];
  const child = new Deno.Command("jupyter", {
    args: [...args, ...asRoot],
    env: await environment(),
    stdin: "inherit",
  }).spawn();
  return (await child.status).code;
}
