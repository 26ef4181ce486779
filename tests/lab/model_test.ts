import { assert, assertEquals } from "@std/assert";
import { type LoadedFile, loadFile, methods } from "../../copy/mod.ts";
import { Descriptor, openFile } from "../../ffi/mod.ts";
import { assertSame, MEMORIES, type Memory, PATCHED, run } from "./_guest.ts";

const MODEL = "/data/model.onnx";

/** The model on the guest's disk, as it came. */
function model(): Uint8Array {
  const data = Deno.readFileSync("/job/model.onnx");
  Deno.writeFileSync(MODEL, data);
  assert(data.length > 1e6 && data.length % 512 !== 0, `${data.length} bytes`);
  return data;
}

for (const name of ["dmabuf", "udmabuf through its dma-buf", "memfd"] as const) {
  const { kind: to, via }: Memory = MEMORIES[name];
  Deno.test(`loadFile() takes a model into a ${name} and it comes back bit for bit`, async () => {
    const data = model();
    using loaded = await loadFile(MODEL, { to, via, verify: true });
    assertEquals(loaded.bytes, BigInt(data.length));
    if (PATCHED && to !== "memfd") assertEquals(loaded.method, "copy_file_range");
    using file = openFile("/data/back.onnx", { access: "write", create: true, truncate: true });
    assertEquals(await store(loaded, file), loaded.bytes);
    assertSame(Deno.readFileSync("/data/back.onnx"), data);
  });
}

async function store({ buffer, bytes }: LoadedFile, to: Descriptor): Promise<bigint> {
  using method = methods[PATCHED ? "copy_file_range" : "read"]();
  return await method.storeAsync(to, buffer, { fileOffset: 0n, bufferOffset: 0n, bytes });
}

Deno.test("copy hands a dma-buf with a model to a program, which finds it bit for bit", {
  ignore: !PATCHED,
}, () => {
  const data = model();
  Deno.writeFileSync("/data/handed.onnx", new Uint8Array());
  const script =
    'deno run -A --no-remote /job/copy_child.js "$DMACOPY_FD" /data/handed.onnx "$DMACOPY_SIZE"';
  const output = run("dmacopy", "copy", MODEL, "dmabuf", "--verify", "--exec", "sh", "-c", script);
  assertEquals(output, `${data.length}\n`);
  assertSame(Deno.readFileSync("/data/handed.onnx"), data);
});
