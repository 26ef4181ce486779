// Models of several files, and what only looks like a model.
import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { CLIENTS } from "../handover/_fixtures.ts";
import { F32, makeGguf, makeSafetensors, random } from "../models/_fixtures.ts";
import { withFolder } from "../models/_independent.ts";
import { dmacopy } from "./_run.ts";
import { hasNetwork, works } from "../_works.ts";

const MAIN = new URL("../../cli/main.ts", import.meta.url).pathname;

/** Writes a safetensors file of texts. */
function write(path: string, texts: Record<string, string>): void {
  let end = 0;
  const entries = Object.entries(texts).map(([name, text]) => {
    const begin = end;
    end += text.length;
    return [name, { dtype: "U8", shape: [text.length], data_offsets: [begin, end] }];
  });
  const data = new TextEncoder().encode(Object.values(texts).join(""));
  Deno.writeFileSync(path, makeSafetensors(Object.fromEntries(entries), data));
}

/** An index that gives `a` to the second file, while the first has an old one. */
function writeModel(folder: string): string {
  write(`${folder}/m-1.safetensors`, { a: "STALE-A!", x: "xxxx" });
  write(`${folder}/m-2.safetensors`, { a: "RIGHT-A!", b: "bbbb" });
  const map = { x: "m-1.safetensors", a: "m-2.safetensors", b: "./m-2.safetensors" };
  const index = `${folder}/m.safetensors.index.json`;
  Deno.writeTextFileSync(index, JSON.stringify({ weight_map: map }));
  return index;
}

Deno.test({
  name: "dmacopy copy --tensors loads the tensor that the index assigns, and Python reads it",
  ignore: !works("python3"),
  fn: () =>
    withFolder(async (folder) => {
      const index = writeModel(folder);
      const layout = `${folder}/l.json`;
      const script = "import dmacopy, json, sys; " +
        "info = json.load(open(sys.argv[1]))['buffers'][0]; " +
        "buffer = dmacopy.Buffer(3, info); part = buffer.part('a'); " +
        "print(part['path'])\n" +
        "with buffer.reading() as m: print(bytes(m[part['bufferOffset']:][:part['bytes']]).decode())";
      const select = ["memfd", "--tensors", "a", "--layout", layout, "-q"];
      const exec = ["--exec", "python3", "-c", script, layout];
      const env = { PYTHONPATH: CLIENTS.python, PYTHONDONTWRITEBYTECODE: "1" };
      const { stdout, stderr } = await dmacopy(["copy", index, ...select, ...exec], { env });
      assertEquals(stdout, `${folder}/m-2.safetensors\nRIGHT-A!\n`, stderr);
    }),
});

Deno.test({
  name: "dmacopy copy --align loads whole files so that their data is aligned",
  ignore: !works("python3"),
  fn: () =>
    withFolder(async (folder) => {
      const paths = [1, 2].map((n) => `${folder}/m-0000${n}-of-00002.safetensors`);
      write(paths[0]!, { "a.0": "0123456789" });
      write(paths[1]!, { "b.0": "abc", "b.1": "defg" });
      const layout = `${folder}/l.json`;
      const script = "import dmacopy, json, sys\n" +
        "buffer = dmacopy.Buffer(3, json.load(open(sys.argv[1]))['buffers'][0])\n" +
        "with buffer.reading() as memory:\n" +
        "  at = lambda part: bytes(memory[part['bufferOffset']:][:part['bytes']])\n" +
        "  for name in ('a.0', 'b.0', 'b.1'):\n" +
        "    part = buffer.part(name); print(at(part).decode(), part['bufferOffset'] % 65536)\n" +
        "  for part in buffer.info['layout']:\n" +
        "    if 'tensor' not in part: print(at(part) == open(part['path'], 'rb').read())";
      const env = { PYTHONPATH: CLIENTS.python, PYTHONDONTWRITEBYTECODE: "1" };
      const align = ["memfd", "--align", "64KiB", "--layout", layout, "--verify", "-q"];
      const exec = ["--exec", "python3", "-c", script, layout];
      // One of its files stands for the model.
      const all = ["copy", paths[1]!, ...align, "--pack", ...exec];
      const { stdout, stderr } = await dmacopy(all, { env });
      assertEquals(stdout, "0123456789 0\nabc 0\ndefg 3\nTrue\nTrue\n", stderr);
      const refused = await dmacopy(["copy", ...paths, ...align]);
      assertEquals([refused.code, refused.stdout], [2, ""]);
      assertMatch(refused.stderr, /^dmacopy: --align with 2 files needs --pack/);
    }),
});

Deno.test({
  name: "dmacopy.py refuses a tensor that is in a layout twice",
  ignore: !works("python3"),
  async fn() {
    const script = "import dmacopy\n" +
      "parts = [{'path': p, 'tensor': {'name': 'a'}} for p in ('old', 'new')]\n" +
      "try: dmacopy.Buffer(-1, {'name': 'm', 'layout': parts}).part('a')\n" +
      "except KeyError as error: print(error)";
    const { stdout } = await new Deno.Command("python3", {
      args: ["-c", script],
      env: { PYTHONPATH: CLIENTS.python, PYTHONDONTWRITEBYTECODE: "1" },
    }).output();
    assertEquals(
      new TextDecoder().decode(stdout),
      "\"m has 2 tensors 'a' in its layout: old and new\"\n",
    );
  },
});

Deno.test("dmacopy inspect lists a model of several files", () =>
  withFolder(async (folder) => {
    const index = writeModel(folder);
    const { stdout, stderr } = await dmacopy(["inspect", index]);
    assertEquals(stderr, "");
    assertMatch(stdout, /^name +dtype +shape +bytes +offset +file\n/);
    assertMatch(stdout, /^a +U8 +\[8\] +8 +\d+ +\S+\/m-2\.safetensors$/m);
    assertMatch(stdout, /\nsafetensors, \d+ B in 2 files: 3 tensors, 16 B\n$/);
    const json = JSON.parse((await dmacopy(["inspect", index, "--json"])).stdout);
    assertEquals(
      json.map(({ tensors }: { tensors: { name: string }[] }) => tensors.map(({ name }) => name)),
      [["x"], ["a", "b"]],
    );
    // Without the index nobody knows which is right: both are listed, and that is said.
    const files = ["m-1", "m-2"].map((name) => `${folder}/${name}.safetensors`);
    const both = await dmacopy(["inspect", ...files]);
    assertEquals([both.code, both.stdout.match(/^a /gm)?.length], [0, 2]);
    assertMatch(both.stderr, /^tensor "a" is in \S+m-1\S+ and in \S+m-2\S+: name their index/);
    const copied = await dmacopy(["copy", ...files, "memfd", "--tensors", "a"]);
    assertEquals(copied.code, 1);
    assertMatch(copied.stderr, /^dmacopy: tensor "a" is in \S+ and in [^\n]+\n$/);
  }));

Deno.test("dmacopy copy says that a file is one of several, and takes shards from folders", () =>
  withFolder(async (folder) => {
    const parts = [1, 2].map((n) => `${folder}/m-0000${n}-of-00002.safetensors`);
    for (const [i, path] of parts.entries()) write(path, { [`t.${i}`]: "data" });
    const one = await dmacopy(["copy", parts[0]!, "memfd"]);
    assertEquals(one.code, 0, one.stderr);
    assertStringIncludes(one.stderr, `${parts[0]} is 1 of the 2 files of a model: name the others`);
    const all = await dmacopy(["copy", ...parts, "memfd"]);
    assertEquals([all.code, all.stderr.includes("files of a model")], [0, false], all.stderr);
    const { stdout } = await dmacopy(["inspect", parts[1]!]);
    assertMatch(stdout, /^t\.0 .*\nt\.1 /m);
    await Deno.mkdir(`${folder}/sub`);
    write(`${folder}/sub/layer.safetensors`, { c: "cccc" });
    const index = `${folder}/s.safetensors.index.json`;
    await Deno.writeTextFile(index, JSON.stringify({ weight_map: { c: "sub/layer.safetensors" } }));
    const sub = await dmacopy(["copy", index, "memfd"]);
    assertEquals(sub.code, 0, sub.stderr);
    await Deno.writeTextFile(index, JSON.stringify({ weight_map: { c: "../x.safetensors" } }));
    const outside = await dmacopy(["copy", index, "memfd"]);
    assertEquals([outside.code, outside.stdout], [1, ""]);
    assertMatch(outside.stderr, /^dmacopy: .*not a file in its folder or below\n$/);
  }));

Deno.test("dmacopy refuses a Git LFS pointer, and says what to run", () =>
  withFolder(async (folder) => {
    const path = `${folder}/m.safetensors`;
    const oid = `oid sha256:${"0".repeat(64)}`;
    await Deno.writeTextFile(
      path,
      `version https://git-lfs.github.com/spec/v1\n${oid}\nsize 4920739232\n`,
    );
    for (const args of [["copy", path], ["copy", path, "--tensors", "*"], ["inspect", path]]) {
      const { code, stdout, stderr } = await dmacopy(args);
      assertEquals([code, stdout], [1, ""]);
      assertEquals(
        stderr,
        `dmacopy: ${path} is a Git LFS pointer to a file of 4920739232 bytes, not that file: ` +
          `run git -C ${folder} lfs pull --include m.safetensors\n`,
      );
    }
  }));

Deno.test({
  name: "dmacopy takes what looks like an address for a path, without the network",
  ignore: !hasNetwork(),
  fn: () =>
    withFolder(async (folder) => {
      const requests: string[] = [];
      const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, ({ url }) => {
        requests.push(url);
        return new Response(makeGguf([]));
      });
      try {
        const host = `127.0.0.1:${server.addr.port}`;
        await Deno.mkdir(`${folder}/http:/${host}`, { recursive: true });
        const tensor = { name: "local", shape: [2], type: F32, data: random(8) };
        await Deno.writeFile(`${folder}/http:/${host}/here.gguf`, makeGguf([tensor]));
        const inspect = async (path: string) => {
          const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
            args: ["run", "--no-prompt", "--allow-env", "--allow-read", "--deny-net"]
              .concat([MAIN, "inspect", path]),
            cwd: folder,
            env: { NO_COLOR: "1", INIT_CWD: "" },
          }).output();
          const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
          return { code, stdout: decode(stdout), stderr: decode(stderr) };
        };
        const here = await inspect(`http://${host}/here.gguf`);
        assertMatch(here.stdout, /^local +F32/m, here.stderr);
        const there = await inspect(`http://${host}/there.gguf`);
        assertEquals([there.code, there.stderr], [
          1,
          `dmacopy: there is no http://${host}/there.gguf\n`,
        ]);
        const allowed = await dmacopy(["inspect", `http://${host}/there.gguf`], { cwd: folder });
        assertEquals([allowed.code, requests], [1, []]);
      } finally {
        await server.shutdown();
      }
    }),
});
