import { assertEquals } from "@std/assert";
import type { Handed } from "../../handover/mod.ts";
import { works } from "../_works.ts";
import { CLIENTS, output, serveWhile, withHanded } from "./_fixtures.ts";

const PROGRAM = new URL("tensors.py", import.meta.url).pathname;

/** Two tensors of the buffer's first bytes, and one of a type that NumPy doesn't have. */
const TENSORS = [
  { name: "f32", dtype: "F32", shape: [2, 3], bufferOffset: 0, bytes: 24 },
  { name: "half", dtype: "BF16", shape: [4], bufferOffset: 64, bytes: 8 },
  { name: "packed", dtype: "Q4_K", shape: [256], bufferOffset: 128, bytes: 144 },
];

function withTensors({ buffers, manifest }: Handed): Handed {
  const layout = TENSORS.map(({ name, dtype, shape, bufferOffset, bytes }) => {
    const place = {
      path: name === "f32" ? "/model.gguf" : "/model",
      fileOffset: bufferOffset,
      bufferOffset,
      bytes,
    };
    return { ...place, tensor: { name, dtype, shape } };
  });
  const infos = manifest.buffers.map((info) => ({ ...info, layout }));
  return { buffers, manifest: { ...manifest, buffers: infos } };
}

Deno.test({
  name: "The Python client's arrays are over the shared memory, and outlive the buffer",
  ignore: !works("python3", ["-c", "import numpy"]),
  async fn() {
    await withHanded(async ({ handed, data, folder }) => {
      const view = new DataView(data.buffer, data.byteOffset);
      const path = `${folder}/socket`;
      await serveWhile(path, withTensors(handed), async () => {
        const env = { PYTHONPATH: CLIENTS.python, PYTHONDONTWRITEBYTECODE: "1" };
        const { code, stdout, stderr } = await output("python3", [PROGRAM, path], { env });
        assertEquals(code, 0, stderr);
        const lines = stdout.trim().split("\n");
        const numbers = lines.slice(0, 3).map((line) =>
          JSON.parse(/\[.*\]$/.exec(line)![0].replaceAll("nan", "null"))
        );
        const titles = lines.slice(0, 3).map((line) => line.replace(/ \[.*/, ""));
        assertEquals(titles, [
          "f32 F32 float32 (2, 3)",
          "half BF16 uint16 (4,)",
          "packed Q4_K uint8 (144,)",
        ]);
        const float = (at: number) => {
          const value = view.getFloat32(at, true);
          return Number.isNaN(value) ? null : value;
        };
        assertEquals(numbers, [
          [float(0), float(4)],
          [view.getUint16(64, true), view.getUint16(66, true)],
          [data[128], data[129]],
        ]);
        assertEquals(lines[3], String(data.length));
      });
    });
  },
});
