import { assert, assertEquals, assertMatch } from "@std/assert";
import { program } from "../cli/program.ts";
import config from "../deno.json" with { type: "json" };
import { factsOf, HOST_ARCH } from "../kernel/lab/arch.ts";

const RUN = new URL("../run", import.meta.url).pathname;
const CONFIG = new URL("../deno.json", import.meta.url).pathname;

/** The packages that `./run` asks for where none is installed, by a user who may not install any. */
async function packagesOf(...args: string[]): Promise<string[]> {
  const folder = await Deno.makeTempDir();
  const program = (path: string, says: string) =>
    Deno.writeTextFile(`${folder}/${path}`, `#!/bin/sh\necho "${says}"\n`, { mode: 0o755 });
  try {
    await Deno.mkdir(`${folder}/.deno/bin`, { recursive: true });
    await Deno.copyFile(RUN, `${folder}/run`);
    await Deno.copyFile(CONFIG, `${folder}/deno.json`);
    const [, version] = /deno_version=(\S+)/.exec(await Deno.readTextFile(RUN)) ?? [];
    await program(".deno/bin/deno", `deno ${version}`);
    for (const name of ["dpkg-query", "apt-get"]) await program(`.deno/bin/${name}`, "");
    await Deno.writeTextFile(`${folder}/.deno/bin/cc`, "#!/bin/sh\nexit 1\n", { mode: 0o755 });
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
  const other = factsOf(HOST_ARCH === "arm64" ? "x86-64" : "arm64");
  const wanted = ["linux-source-6.12", "gcc", "jupyter-nbconvert", "f2fs-tools"];
  const machines = [factsOf(HOST_ARCH).qemuPackage, other.qemuPackage];
  assertEquals([...wanted, ...machines].filter((name) => !packages.includes(name)), []);
  assert(!(await packagesOf("notebooks")).includes(factsOf(HOST_ARCH).qemuPackage));
});

Deno.test("./run asks for what makes F2FS where --filesystem does", async () => {
  assert((await packagesOf("bench", "--filesystem", "f2fs")).includes("f2fs-tools"));
  assert(!(await packagesOf("bench")).includes("f2fs-tools"));
});

Deno.test("./run asks for another architecture's machine and compiler where --arch does", async () => {
  const other = HOST_ARCH === "arm64" ? "x86-64" : "arm64";
  const own = factsOf(HOST_ARCH).qemuPackage;
  for (
    const args of [
      ["bench", "--arch", other],
      ["lab", "run", `--arch=${other}`, "--", "true"],
      ["test:guest", "--arch", other],
    ]
  ) {
    const packages = await packagesOf(...args);
    assert(packages.includes(factsOf(other).qemuPackage), args.join(" "));
    assert(packages.includes(`gcc-${factsOf(other).triplet.replace("_", "-")}`), args.join(" "));
  }
  assert(!(await packagesOf("bench", "--arch", HOST_ARCH)).includes(factsOf(other).qemuPackage));
  assert((await packagesOf("bench")).includes(own));
});

Deno.test("./run asks for no package that a task has no use for", async () => {
  assertEquals((await packagesOf("copy", "a.bin")).includes("linux-source-6.12"), false);
  assertEquals(
    (await packagesOf("bench", "--host")).includes(factsOf(HOST_ARCH).qemuPackage),
    false,
  );
});

/** The end of `./run doctor` without dpkg and apt-get, if `cc` is this script. */
async function elsewhere(cc: string): Promise<{ code: number; stderr: string }> {
  const folder = await Deno.makeTempDir();
  const program = (path: string, text: string) =>
    Deno.writeTextFile(`${folder}/${path}`, `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  try {
    await Deno.mkdir(`${folder}/.deno/bin`, { recursive: true });
    const [, version] = /deno_version=(\S+)/.exec(await Deno.readTextFile(RUN)) ?? [];
    await program(".deno/bin/deno", `[ "$1" != -V ] || echo "deno ${version}"`);
    await program(".deno/bin/cc", cc);
    for (const name of ["sh", "dirname", "basename", "readlink", "cmp", "grep", "sed", "uname"]) {
      const { stdout } = await new Deno.Command("sh", { args: ["-c", `command -v ${name}`] })
        .output();
      await Deno.symlink(new TextDecoder().decode(stdout).trim(), `${folder}/.deno/bin/${name}`);
    }
    await Deno.copyFile(RUN, `${folder}/run`);
    for (const name of ["deno.lock", ".deno/modules"]) {
      await Deno.writeTextFile(`${folder}/${name}`, "");
    }
    const { code, stderr } = await new Deno.Command(`${folder}/.deno/bin/sh`, {
      args: [`${folder}/run`, "doctor"],
      env: { PATH: `${folder}/.deno/bin` },
    }).output();
    return { code, stderr: new TextDecoder().decode(stderr) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("./run asks for no package where the compiler finds all it needs", async () => {
  assertEquals(await elsewhere("exit 0"), { code: 0, stderr: "" });
  // A system without static libraries.
  const { code } = await elsewhere('case "$*" in *liburing.a*) exit 1 ;; esac');
  assertEquals(code, 0);
});

Deno.test("./run names other distributions' packages where there is no apt-get", async () => {
  const { code, stderr } = await elsewhere("exit 1");
  assertEquals(code, 1);
  assertMatch(stderr, /xxhash-devel liburing-devel \(Fedora\), gcc xxhash liburing/);
});

Deno.test("./run asks for what copy needs, whatever the program after --exec is given", async () => {
  assert((await packagesOf("copy", "a.bin", "--exec", "./infer", "--help")).includes("gcc"));
});

/** Runs a shell command where the launcher is linked as `dmacopy`. */
async function asCommand(script: string) {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.symlink(RUN, `${folder}/dmacopy`);
    const { code, stdout, stderr } = await new Deno.Command("bash", {
      args: ["-c", script],
      cwd: folder,
      env: { PATH: `${folder}:${Deno.env.get("PATH")}`, INIT_CWD: "/proc" },
    }).output();
    const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, stdout: decode(stdout), stderr: decode(stderr) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("./run linked as dmacopy is the command itself, without the tasks", async () => {
  assertEquals(await asCommand("dmacopy --version"), {
    ...{ code: 0, stdout: `${config.version}\n`, stderr: "" },
  });
  for (const script of ["dmacopy", "dmacopy help", "dmacopy --help"]) {
    const { code, stdout } = await asCommand(script);
    assertEquals([code, /^Usage: dmacopy/.test(stdout)], [0, true], script);
  }
  for (const script of ["dmacopy check", "dmacopy test:unit", "dmacopy --tasks", "dmacopy cpy"]) {
    const { code, stdout, stderr } = await asCommand(script);
    assertEquals([code, stdout], [2, ""], script);
    assertMatch(stderr, /^dmacopy: Unknown (command|option) [^\n]*\n$/);
  }
  assertMatch((await asCommand("dmacopy cpy")).stderr, /Did you mean command "copy"\?/);
  assertEquals((await asCommand("dmacopy check")).stderr.includes("Did you mean"), false);
});

Deno.test("./run linked as dmacopy takes paths from the caller's folder", async () => {
  const { code, stdout } = await asCommand(
    "echo weights > m.bin; dmacopy copy m.bin memfd -q --exec sh -c 'cat <&3; exit 7'",
  );
  assertEquals([code, stdout.replaceAll("\0", "")], [7, "weights\n"]);
});

Deno.test("./run linked as dmacopy has completions", async () => {
  const { stdout, stderr } = await asCommand(
    'eval "$(dmacopy completions bash)"; complete -p dmacopy',
  );
  assertMatch(stdout, /-F _dmacopy dmacopy/, stderr);
});

Deno.test("./run --tasks lists the developers' tasks, in a pipe without colours", async () => {
  const { code, stdout } = await new Deno.Command(RUN, { args: ["--tasks"] }).output();
  const text = new TextDecoder().decode(stdout);
  assertEquals([code, /\p{Cc}/u.test(text.replaceAll("\n", ""))], [0, false]);
  const names = (await program()).getCommands().map((command) => command.getName());
  for (const [name, { description }] of Object.entries(config.tasks)) {
    const isListed = new RegExp(`^ +${name} +${RegExp.escape(description)}$`, "m").test(text);
    assertEquals(isListed, !names.includes(name), name);
  }
});

Deno.test("./run TASK --help explains a task and does not run it", async () => {
  const { stdout } = await new Deno.Command(RUN, { args: ["check", "--help"] }).output();
  const { description, command } = config.tasks.check;
  assertEquals(
    new TextDecoder().decode(stdout),
    `${description}.\n\n./run check runs:\n  ${command}\n`,
  );
});

Deno.test("./run knows the commands of dmacopy", async () => {
  const [, names = ""] =
    /^is_command\(\) \{\n.*\n +(.*)\) ;;$/m.exec(await Deno.readTextFile(RUN)) ??
      [];
  assertEquals(names.split(" | "), (await program()).getCommands().map((c) => c.getName()).sort());
});
