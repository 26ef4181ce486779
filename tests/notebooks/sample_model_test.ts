import { assertEquals, assertRejects } from "@std/assert";
import { inspectModel, layOutModels, loadFile, manifestOf } from "../../mod.ts";
import { sampleWeights, writeSafetensors } from "../../notebooks/lib/sample_model.ts";
import { serveToPython } from "../../notebooks/lib/serve_to_python.ts";
import "../ffi/_fixtures.ts";

async function withFile(test: (path: string, folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await writeSafetensors(`${folder}/tiny.safetensors`, sampleWeights());
    await test(`${folder}/tiny.safetensors`, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("writeSafetensors() writes what inspectModel() reads", async () => {
  await withFile(async (path) => {
    const { format, tensors } = await inspectModel(path);
    assertEquals(format, "safetensors");
    assertEquals(
      tensors.map(({ name, shape, bytes }) => [name, shape, bytes]),
      sampleWeights().map(({ name, shape, values }) => [name, shape, BigInt(values.byteLength)]),
    );
  });
});

Deno.test("serveToPython() returns what Python reads from the shared memory", async () => {
  await withFile(async (path, folder) => {
    using file = await loadFile(path, { to: "memfd" });
    const { tensors } = layOutModels([await inspectModel(path)], { alignBytes: 1n });
    const handed = { buffers: [file.buffer], manifest: manifestOf([file], tensors) };
    const [answer] = await serveToPython(`${folder}/socket`, handed, ["layer.0.bias"]);
    const values = [...sampleWeights()[1]!.values.subarray(0, 4)].join(", ");
    assertEquals(answer, `layer.0.bias: F32 [256], 1024 bytes: [${values}]`);
    await assertRejects(
      () => serveToPython(`${folder}/socket`, handed, ["no.such.tensor"]),
      Error,
      "no.such.tensor",
    );
  });
});
