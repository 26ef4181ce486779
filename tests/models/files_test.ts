import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { checkWhatItIs, describeLeftOut, ModelError, modelFiles } from "../../models/mod.ts";
import { makeGguf, makeSafetensors } from "./_fixtures.ts";
import { withFolder } from "./_independent.ts";

Deno.test("modelFiles() leaves other paths alone", () => {
  assertEquals(modelFiles("folder/model.safetensors"), ["folder/model.safetensors"]);
});

Deno.test("modelFiles() gives each file that an index names, once", () =>
  withFolder((folder) => {
    const path = `${folder}/model.safetensors.index.json`;
    const read = (index: unknown) => {
      Deno.writeTextFileSync(path, typeof index === "string" ? index : JSON.stringify(index));
      return modelFiles(path);
    };
    const map = {
      "a.weight": "m-2.safetensors",
      b: "m-1.safetensors",
      c: "./m-2.safetensors",
      d: "layers.0/x.safetensors",
      e: "layers.0//./x.safetensors",
      f: "..hidden",
    };
    const names = ["..hidden", "layers.0/x.safetensors", "m-1.safetensors", "m-2.safetensors"];
    assertEquals(
      read({ metadata: { total_size: 3 }, weight_map: map }),
      names.map((name) => `${folder}/${name}`),
    );
    for (
      const [index, message] of [
        ["{", "is not JSON"],
        ["null", 'has no "weight_map"'],
        [{ weight_map: [] }, 'has no "weight_map"'],
        [{ weight_map: {} }, "names no files"],
      ] as const
    ) {
      assertThrows(() => read(index), ModelError, message);
    }
    const outside = ["../../etc/shadow", "..", "a/../b", "/etc/shadow", "", ".", "a/", "a\0b", 1];
    for (const shard of [...outside, null, ["a"], {}]) {
      const index = { weight_map: { a: shard } };
      assertThrows(() => read(index), ModelError, "not a file in its folder or below");
    }
    const missing = `${folder}/x.index.json`;
    assertThrows(() => modelFiles(missing), Deno.errors.NotFound, `there is no ${missing}`);
    return Promise.resolve();
  }));

Deno.test("describeLeftOut() tells of files whose model has others", () => {
  const of = (...numbers: number[]) => numbers.map((n) => `f/m-0000${n}-of-00003.gguf`);
  assertEquals(describeLeftOut(["m.gguf", ...of(3, 1, 2)]), []);
  assertEquals(describeLeftOut(of(2)), [
    "f/m-00002-of-00003.gguf is 1 of the 3 files of a model: name the others, too, for all of it",
  ]);
  const [line = "", ...more] = describeLeftOut([...of(1, 3), "x.bin"]);
  assertStringIncludes(line, "f/m-00001-of-00003.gguf and 1 more are 2 of the 3 files");
  assertEquals(more, []);
  const others = ["m-00001-of-00001.gguf", "m-00004-of-00003.gguf", "m-00000-of-00003.gguf"];
  assertEquals(describeLeftOut([...others, "m-1-of-2.bin", "00001-of-00002.gguf"]), []);
  assertEquals(describeLeftOut(["model-00002-of-00163.safetensors"]).length, 1);
});

Deno.test("checkWhatItIs() refuses what Git LFS left in a file's place", () =>
  withFolder((folder) => {
    const path = `${folder}/m.bin`;
    const write = (text: string) => Deno.writeTextFileSync(path, text);
    write("version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 12345\n");
    const { message } = assertThrows(() => checkWhatItIs(path), TypeError, "of 12345 bytes");
    assertStringIncludes(message, `run git -C ${folder} lfs pull --include m.bin`);
    for (const text of ["", "version 1", "x".repeat(5000), "<html>"]) {
      write(text);
      assertEquals(checkWhatItIs(path), null);
    }
    for (const other of [folder, `${folder}/none`, "/dev/null"]) {
      assertEquals(checkWhatItIs(other), null);
    }
    return Promise.resolve();
  }));

Deno.test("checkWhatItIs() tells of what is called a model's file and is something else", () =>
  withFolder((folder) => {
    const told = (name: string, content: string | Uint8Array) => {
      const path = `${folder}/${name}`;
      if (typeof content === "string") Deno.writeTextFileSync(path, content);
      else Deno.writeFileSync(path, content);
      return checkWhatItIs(path);
    };
    assertStringIncludes(told("m.gguf", "<!DOCTYPE html>") ?? "", "but a web page: download");
    assertStringIncludes(told("m.safetensors", "PK\x03\x04") ?? "", "but a zip archive");
    assertEquals(told("a.gguf", makeGguf([])), null);
    assertEquals(told("a.safetensors", makeSafetensors({}, new Uint8Array())), null);
    return Promise.resolve();
  }));

Deno.test("an index that is a pointer of Git LFS is named as such", () =>
  withFolder((folder) => {
    const path = `${folder}/m.safetensors.index.json`;
    Deno.writeTextFileSync(path, "version https://git-lfs.github.com/spec/v1\nsize 9\n");
    assertThrows(() => modelFiles(path), TypeError, "is a Git LFS pointer to a file of 9 bytes");
    return Promise.resolve();
  }));
