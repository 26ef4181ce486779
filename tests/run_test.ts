import { assert, assertEquals, assertMatch } from "@std/assert";

const RUN = new URL("../run", import.meta.url).pathname;

/** The packages that `./run` asks for where none is installed, by a user who may not install any. */
async function packagesOf(...args: string[]): Promise<string[]> {
  const folder = await Deno.makeTempDir();
  const program = (path: string, says: string) =>
    Deno.writeTextFile(`${folder}/${path}`, `#!/bin/sh\necho "${says}"\n`, { mode: 0o755 });
  try {
    await Deno.mkdir(`${folder}/.deno/bin`, { recursive: true });
    await Deno.copyFile(RUN, `${folder}/run`);
    const [, version] = /deno_version=(\S+)/.exec(await Deno.readTextFile(RUN)) ?? [];
    await program(".deno/bin/deno", `deno ${version}`);
    await program(".deno/bin/dpkg-query", "");
    await program(".deno/bin/id", "1000");
    for (const name of ["deno.lock", ".deno/modules"]) {
      await Deno.writeTextFile(`${folder}/${name}`, "");
    }
    const { code, stderr } = await new Deno.Command("sh", { args: [`${folder}/run`, ...args] })
      .output();
    const text = new TextDecoder().decode(stderr);
    const [, names] = /^run: packages are missing: .*--no-install-recommends (.*)$/m.exec(text) ??
      [];
    assertEquals(code, 1, text);
    return names?.split(" ") ?? [];
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("./run notebooks --open asks for the program that opens them", async () => {
  for (const args of [["--open"], ["02", "--open"]]) {
    assert((await packagesOf("notebooks", ...args)).includes("jupyter-notebook"), args.join(" "));
  }
  assert(!(await packagesOf("notebooks", "02")).includes("jupyter-notebook"));
});

Deno.test("./run notebooks --measure asks for what the lab needs", async () => {
  const packages = await packagesOf("notebooks", "--measure");
  assert(["qemu-system-x86", "linux-source-6.12", "gcc", "jupyter-nbconvert"]
    .every((name) => packages.includes(name)));
  assert(!(await packagesOf("notebooks")).includes("qemu-system-x86"));
});

Deno.test("./run asks for no package that a task has no use for", async () => {
  assertEquals((await packagesOf("copy", "a.bin")).includes("linux-source-6.12"), false);
  assertEquals((await packagesOf("bench", "--host")).includes("qemu-system-x86"), false);
});

Deno.test("./run serves as the command dmacopy, by a link, with completions", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.symlink(RUN, `${folder}/dmacopy`);
    const path = `${folder}:${Deno.env.get("PATH")}`;
    const complete = 'eval "$(dmacopy completions bash)"; complete -p dmacopy';
    const { stdout, stderr } = await new Deno.Command("bash", {
      args: ["-c", complete],
      cwd: folder,
      env: { PATH: path },
    }).output();
    const decoder = new TextDecoder();
    assertMatch(decoder.decode(stdout), /-F _dmacopy dmacopy/, decoder.decode(stderr));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
