import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { buildShim } from "../../ffi/mod.ts";
import { mayMount } from "../_works.ts";

const MODULE = new URL("../../ffi/mod.ts", import.meta.url).href;

/** Evaluates an expression over ffi/mod.ts (as `ffi`) in a Deno of its own. */
async function evaluate(expression: string, env: Record<string, string>, args = ["-A"]) {
  const directory = await Deno.makeTempDir();
  try {
    const script = `${directory}/script.ts`;
    await Deno.writeTextFile(
      script,
      `import * as ffi from "${MODULE}";
       try { console.log(${expression}); } catch (e) { console.log(String(e)); }`,
    );
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--no-config", ...args, script],
      env: { NO_COLOR: "1", DMACOPY_SHIM: "", ...env },
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim();
    return text(stdout) || text(stderr);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

async function withCache(action: (cache: string) => Promise<void>) {
  const cache = await Deno.makeTempDir();
  try {
    await action(cache);
  } finally {
    await Deno.remove(cache, { recursive: true });
  }
}

Deno.test("buildShim() builds into the cache, once, and leaves nothing else", async () => {
  await withCache(async (XDG_CACHE_HOME) => {
    const path = await evaluate("ffi.buildShim()", { XDG_CACHE_HOME });
    assertMatch(path, /\/dmacopy\/shim-[0-9a-f]{16}\.so$/);
    const { mtime } = await Deno.stat(path);
    assertEquals(await evaluate("ffi.buildShim()", { XDG_CACHE_HOME }), path);
    assertEquals((await Deno.stat(path)).mtime, mtime);
    const entries = await Array.fromAsync(Deno.readDir(`${XDG_CACHE_HOME}/dmacopy`));
    assertEquals(entries.map(({ name }) => name), [path.split("/").at(-1)!]);
  });
});

Deno.test("buildShim() without a compiler says what to install, in one line", async () => {
  await withCache(async (XDG_CACHE_HOME) => {
    const message = await evaluate("ffi.pageBytes()", { XDG_CACHE_HOME, PATH: "/dev/null" });
    assertEquals(
      message,
      `ShimError: can't build the C shim (there is no "cc"): it needs a C compiler, xxhash.h and liburing: ` +
        "apt-get install -y gcc libc6-dev libxxhash-dev liburing-dev",
    );
  });
});

Deno.test("buildShim() without a header says what to install, in one line", async () => {
  await withCache(async (cache) => {
    // A compiler that fails as gcc does when the header is missing.
    const compiler = `${cache}/cc`;
    await Deno.writeTextFile(
      compiler,
      `#!/bin/sh
[ "$1" = --version ] && exit
echo "shim.c:30:10: fatal error: xxhash.h: No such file or directory" >&2
exit 1
`,
      { mode: 0o755 },
    );
    const env = { XDG_CACHE_HOME: cache, PATH: `${cache}:/usr/bin:/bin` };
    const message = await evaluate("ffi.pageBytes()", env);
    assertStringIncludes(message, "(xxhash.h: No such file or directory): it needs a C compiler");
    assertEquals(message.split("\n").length, 1);
    assertEquals(await Array.fromAsync(Deno.readDir(`${cache}/dmacopy`)), []);
  });
});

Deno.test("buildShim() says where the cache can't be written, or is damaged", async () => {
  await withCache(async (cache) => {
    await Deno.writeTextFile(`${cache}/file`, "");
    const message = await evaluate("ffi.pageBytes()", { XDG_CACHE_HOME: `${cache}/file` });
    assertMatch(message, /^ShimError: can't build the C shim \(.*\/file.*\): set XDG_CACHE_HOME/);
    const empty = await evaluate("ffi.buildShim()", { XDG_CACHE_HOME: cache });
    await Deno.writeTextFile(empty, "");
    const damaged = await evaluate("ffi.pageBytes()", { XDG_CACHE_HOME: cache });
    assert(damaged.endsWith(`: remove ${empty} to build it again`), damaged);
  });
});

Deno.test({
  name: "buildShim() says that the cache is mounted noexec (where this user may mount)",
  ignore: !mayMount(),
  async fn() {
    await withCache(async (cache) => {
      const program = `import * as ffi from "${MODULE}"; ffi.pageBytes();`;
      await Deno.writeTextFile(`${cache}/a.ts`, program);
      await Deno.mkdir(`${cache}/noexec`);
      const script =
        'cd "$0"; mount -t tmpfs -o noexec cache noexec && "$1" run -A --no-config a.ts';
      const { stderr } = await new Deno.Command("unshare", {
        args: ["--map-root-user", "--mount", "sh", "-c", script, cache, Deno.execPath()],
        env: { NO_COLOR: "1", DMACOPY_SHIM: "", XDG_CACHE_HOME: `${cache}/noexec` },
      }).output();
      const text = new TextDecoder().decode(stderr);
      assertStringIncludes(text, "that folder is mounted noexec: set XDG_CACHE_HOME to another");
    });
  },
});

Deno.test("DMACOPY_SHIM replaces the build", async () => {
  const env = { DMACOPY_SHIM: buildShim(), PATH: "/dev/null" };
  assertEquals(await evaluate("ffi.pageBytes() > 0n", env), "true");
  const message = await evaluate("ffi.pageBytes()", { ...env, DMACOPY_SHIM: "/dev/null" });
  assertMatch(
    message,
    /^ShimError: can't load the C shim: .*: unset DMACOPY_SHIM to build it$/,
  );
  assertEquals(message.split("\n").length, 1);
});

Deno.test("the shim needs no more than --allow-ffi for its folder", async () => {
  const path = buildShim();
  const folder = path.slice(0, path.lastIndexOf("/"));
  const expression = `(() => {
    using file = ffi.openFile("/proc/self/exe");
    const hash = new ffi.Hash();
    return hash.file(file, { bytes: 10n }).sync();
  })()`;
  const args = ["--allow-env", `--allow-ffi=${folder}`];
  assertEquals(await evaluate(expression, { DMACOPY_SHIM: path }, args), "10n");
});
