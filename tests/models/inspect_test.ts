import { assertEquals, assertRejects } from "@std/assert";
import { inspectModel } from "../../models/mod.ts";
import { makeGguf, modelFile, random } from "./_fixtures.ts";
import { hasNetwork } from "../_works.ts";

const ascii = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const POINTER = "version https://git-lfs.github.com/spec/v1\n" +
  `oid sha256:${"0".repeat(64)}\nsize 4920739232\n`;

/** Files that users mistake for models, their kinds, and the remedies. */
const FOREIGN: [begins: string, what: RegExp][] = [
  ["", /is empty: download the file again/],
  [
    POINTER,
    /is a Git LFS pointer to a file of 4920739232 bytes, not that file: run git -C \S+ lfs pu/,
  ],
  ["PK\x03\x04\x14\0\0\0", /but a zip archive, as PyTorch's checkpoints are: save its tensors/],
  ["\x80\x02\x8a\x0al\xfc\x9c", /but a Python pickle.*: save its tensors as safetensors/],
  ["\x89HDF\r\n\x1a\n\0", /but an HDF5 file/],
  ["\x93NUMPY\x01\0v\0", /but a NumPy array/],
  ["tjgg\x03\0\0\0", /but a GGML file, older than GGUF: convert the original model/],
  ["\x1f\x8b\x08\0\0\0\0\0", /but compressed: decompress it first/],
  ["\n<!DOCTYPE html><html>", /but a web page: download the file again/],
  ["<html><head><title>Sign in", /but a web page/],
  ['{"architectures": ["X"]}', /but JSON: name the model's file, or its index/],
  // The ninth letter is where a safetensors file's JSON begins.
  ['{"abcd":{"x":1}}', /but JSON/],
  [" ".repeat(8) + '{"x":1}', /but JSON/],
  ["\0".repeat(100), /but zeros where it should begin: download the file again/],
  ["something else altogether", /is neither a GGUF nor a safetensors file$/],
];

for (const [begins, what] of FOREIGN) {
  Deno.test(`inspectModel() names what begins with ${JSON.stringify(begins.slice(0, 20))}`, async () => {
    using file = modelFile(ascii(begins));
    const { message } = await assertRejects(() => inspectModel(file.path), TypeError);
    assertEquals(message.startsWith(file.path), true, message);
    assertEquals(what.test(message), true, message);
  });
}

Deno.test("inspectModel() refuses what is no file, and does not wait for a pipe", async () => {
  await assertRejects(() => inspectModel("/dev/null"), TypeError, "not a regular file");
  await assertRejects(() => inspectModel("/proc/self"), TypeError, "not a regular file");
  using file = modelFile(random(100).fill(1, 0, 20));
  await assertRejects(() => inspectModel(file.path), TypeError, "neither a GGUF nor");
  const pipe = `${file.path}.pipe`;
  new Deno.Command("mkfifo", { args: [pipe] }).outputSync();
  try {
    await assertRejects(() => inspectModel(pipe), TypeError, "not a regular file");
  } finally {
    await Deno.remove(pipe);
  }
});

Deno.test({
  name: "inspectModel() never takes a path for an address",
  ignore: !hasNetwork(),
  async fn() {
    const requests: string[] = [];
    const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, ({ url }) => {
      requests.push(url);
      return new Response(makeGguf([]));
    });
    try {
      const url = `http://127.0.0.1:${server.addr.port}/m.gguf`;
      await assertRejects(() => inspectModel(url), Deno.errors.NotFound);
      assertEquals(requests, []);
    } finally {
      await server.shutdown();
    }
  },
});
