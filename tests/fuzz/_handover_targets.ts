import { assert, assertEquals } from "@std/assert";
import * as fc from "fast-check";
import { parseManifest } from "../../handover/mod.ts";
import { damagedJson, damagedText, noise } from "./_damage.ts";
import { type Reader, type Target, target } from "./_target.ts";

const bytes = fc.nat(8192);
const part = fc.record({
  ...{ path: noise, fileOffset: bytes, bufferOffset: fc.nat(4096), bytes: fc.nat(4096) },
  tensor: fc.record({ name: noise, dtype: fc.constant("F32"), shape: fc.array(fc.nat()) }),
}, { requiredKeys: ["path", "fileOffset", "bufferOffset", "bytes"] });
const manifest = fc.record({
  dmacopy: fc.constant(1),
  buffers: fc.array(
    fc.record({
      name: noise,
      kind: fc.constantFrom("memfd", "udmabuf", "dmabuf"),
      bytes: fc.constant(8192),
      capacityBytes: fc.constantFrom(8192, 12288),
      verified: fc.boolean(),
      xxh64: fc.constantFrom(null, "0123456789abcdef"),
      layout: fc.array(part, { maxLength: 2 }),
    }),
    { maxLength: 2 },
  ),
});
const inputs = damagedText(damagedJson(manifest).map((value) => JSON.stringify(value)));

const typescript = target({
  name: "parseManifest()",
  inputs,
  refusals: [TypeError],
  read(text: string) {
    const { buffers } = parseManifest(text);
    for (const { bytes, capacityBytes, layout } of buffers) {
      assert(bytes <= capacityBytes);
      for (const part of layout) assert(part.bufferOffset + part.bytes <= bytes);
    }
    const written = JSON.stringify({ dmacopy: 1, buffers });
    assertEquals(parseManifest(written).buffers, buffers);
  },
});

/** The client's ValueError. */
class RefusedInPython extends Error {}

/** The client in Python, for as long as it is asked: a line of JSON in, one out. */
function pythonReader(): Reader<string> {
  const script = new URL("parse_manifests.py", import.meta.url).pathname;
  const child = new Deno.Command("python3", {
    ...{ args: [script], stdin: "piped", stdout: "piped" },
  }).spawn();
  const writer = child.stdin.getWriter();
  const answers = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  const line = async (): Promise<string> => {
    while (!rest.includes("\n")) {
      const { done, value } = await answers.read();
      if (done) throw new Error("the client in Python ended");
      rest += value;
    }
    const end = rest.indexOf("\n");
    const text = rest.slice(0, end);
    rest = rest.slice(end + 1);
    return text;
  };
  return {
    async read(text) {
      await writer.write(new TextEncoder().encode(JSON.stringify(text) + "\n"));
      const { refused, error, buffers } = JSON.parse(await line());
      if (refused !== undefined) throw new RefusedInPython(refused);
      assertEquals(error, undefined);
      assertEquals(buffers, parseManifest(text).buffers.length);
    },
    async [Symbol.asyncDispose]() {
      await writer.close();
      await answers.cancel();
      await child.status;
    },
  };
}

const python = {
  name: "a manifest in clients/python",
  inputs,
  refusals: [RefusedInPython],
  open: pythonReader,
};

/** The messages that come through the socket. */
export const handoverTargets: readonly Target[] = [typescript, python as unknown as Target];
