import { assertEquals, assertMatch } from "@std/assert";
import { CLIENTS, output } from "../handover/_fixtures.ts";
import { F32, makeGguf, makeSafetensors, modelFile, random } from "../models/_fixtures.ts";
import { dmacopy, startDmacopy } from "./_run.ts";
import { works } from "../_works.ts";

const VALUES = new Float32Array([1.5, -2, 3, 4, 5]);
const WEIGHTS = { name: "blk.0.w", shape: [5], type: F32, data: new Uint8Array(VALUES.buffer) };
const BIG = { name: "blk.1.w", shape: [1000, 50], type: F32, data: random(200_000) };

Deno.test("dmacopy inspect lists tensors", async () => {
  using file = modelFile(makeGguf([WEIGHTS, BIG]));
  const { stdout } = await dmacopy(["inspect", file.path]);
  assertMatch(stdout, /^name +dtype +shape +bytes +offset\n/);
  assertMatch(stdout, /^blk\.1\.w +F32 +\[1000, 50\] +200000 +\d+$/m);
  assertMatch(stdout, /\ngguf, \d+ KiB: 2 tensors, 195 KiB\n$/);
  const json = JSON.parse((await dmacopy(["inspect", file.path, "--json"])).stdout);
  assertEquals([json.format, json.tensors[0].name, json.tensors[0].bytes], ["gguf", "blk.0.w", 20]);
});

Deno.test("dmacopy inspect keeps a terminal's language in names and types from the terminal", async () => {
  const entry = { dtype: "\x1b[2J", shape: [1], data_offsets: [0, 1] };
  using file = modelFile(makeSafetensors({ "\x1b]0;name\x07": entry }, random(1)));
  const { stdout } = await dmacopy(["inspect", file.path]);
  assertMatch(stdout, /^\?\]0;name\? +\?\[2J +\[1\] /m);
});

Deno.test("dmacopy inspect and copy --tensors refuse a damaged file in one line", async () => {
  using file = modelFile(makeGguf([WEIGHTS, BIG]).subarray(0, 5000));
  for (const args of [["inspect"], ["copy", "--tensors", "*"]]) {
    const { code, stdout, stderr } = await dmacopy([...args, file.path]);
    assertEquals([code, stdout], [1, ""]);
    assertMatch(
      stderr,
      /^dmacopy: \S+ is not a valid model: tensor "blk\.1\.w".*beyond its end[^\n]*\n$/,
    );
  }
});

Deno.test("dmacopy copy --tensors loads those only, aligned, and writes the layout", async () => {
  const header = { b: { dtype: "F32", shape: [5], data_offsets: [0, 20] } };
  using gguf = modelFile(makeGguf([WEIGHTS, BIG]));
  using safetensors = modelFile(makeSafetensors(header, WEIGHTS.data));
  const layout = `${gguf.path}.json`;
  try {
    const paths = [gguf.path, safetensors.path];
    const names = ["--tensors", "blk.1.*", "--tensors", "b"];
    const select = [...names, "--align", "4096", "--layout", layout];
    const script = 'head -c 200724 <&3 | tail -c 20 | od -An -tx1 | tr -d " \\n"';
    const exec = ["--verify", "--exec", "sh", "-c", script];
    const { stdout, stderr, code } = await dmacopy(["copy", ...paths, "memfd", ...select, ...exec]);
    assertEquals(code, 0, stderr);
    assertEquals(stdout, WEIGHTS.data.toHex());
    const { buffers: [info] } = JSON.parse(await Deno.readTextFile(layout));
    assertEquals(
      info.layout.map(({ path, bufferOffset, bytes, tensor }: Record<string, unknown>) => [
        ...[path, bufferOffset, bytes, tensor],
      ]),
      [
        [gguf.path, 0, 200_000, { name: "blk.1.w", dtype: "F32", shape: [1000, 50] }],
        [safetensors.path, 200_704, 20, { name: "b", dtype: "F32", shape: [5] }],
      ],
    );
  } finally {
    await Deno.remove(layout);
  }
});

Deno.test("dmacopy copy says what of --tensors, --align and --layout makes no sense", async () => {
  using file = modelFile(makeGguf([WEIGHTS]));
  const refusals = [
    [["copy", file.path, "memfd", "--align", "0"], /--align must be more than 0/],
    [["copy", "/etc/passwd", "memfd", "--align", "64"], /neither a GGUF nor a safetensors file/],
    [
      ["copy", file.path, file.path, "memfd", "--align", "64", "--split", "1M"],
      /--align makes one/,
    ],
    [["copy", file.path, "memfd", "--tensors", "x"], /no tensor matches "x": .* has "blk\.0\.w"/],
    [["copy", file.path, "memfd", "--layout", "/nowhere/x"], /can't write --layout \/nowhere\/x/],
    [["copy", "fd:3", "x", "--tensors", "x"], /--tensors is for loading files, not for saving/],
    [["copy", "/nowhere", "memfd", "--serve", file.path], /exists and is not a socket/],
  ] as const;
  for (const [args, message] of refusals) {
    const { code, stderr } = await dmacopy([...args, "-q"]);
    assertMatch(stderr, /^dmacopy: [^\n]+\n$/);
    assertMatch(stderr, message);
    assertEquals(code === 0, false);
  }
});

Deno.test({
  name: "read_tensor.py reads a tensor out of a buffer that is served",
  ignore: !works("python3"),
  async fn() {
    using file = modelFile(makeGguf([BIG, WEIGHTS]));
    const folder = await Deno.makeTempDir();
    const socket = `${folder}/socket`;
    try {
      const select = ["--tensors", "blk.*", "--serve", socket, "--max-clients", "2"];
      await using child = startDmacopy(["copy", file.path, "memfd", "--verify", ...select]);
      await child.line(/verified$/m);
      while ([...Deno.readDirSync(folder)].length === 0) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      const env = { PYTHONDONTWRITEBYTECODE: "1" };
      const read = (tensor: string) =>
        output("python3", [`${CLIENTS.python}/read_tensor.py`, socket, tensor], { env });
      const { stdout } = await read("blk.0.w");
      assertEquals(stdout, "blk.0.w: F32 [5], 20 bytes: [1.5, -2.0, 3.0, 4.0]\n");
      assertMatch((await read("nope")).stderr, /^read_tensor\.py: .*has no tensor 'nope'[^\n]*\n$/);
      assertEquals(await child.end(), 0);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});
