// The messages of docs/troubleshooting.md are still those that the program prints.
import { assert, assertEquals } from "@std/assert";
import { dmacopy } from "./cli/_run.ts";

const read = (path: string) => Deno.readTextFileSync(new URL(`../${path}`, import.meta.url));
const PAGE = read("docs/troubleshooting.md");

/** Commands whose message is the same on any kernel. */
const SAME: [message: string, args: string[]][] = [
  ["open /nonexistent: ENOENT (No such file or directory)", ["copy", "/nonexistent"]],
  ["/etc/passwd is there and no socket", ["copy", "/etc/hosts", "--serve", "/etc/passwd"]],
];

for (const [message, args] of SAME) {
  Deno.test(`docs/troubleshooting.md has what dmacopy ${args.join(" ")} says`, async () => {
    assert(PAGE.includes(`dmacopy: ${message}\n`));
    const { code, stderr } = await dmacopy(args);
    assertEquals([code, stderr], [1, `dmacopy: ${message}\n`]);
  });
}

/** Those that depend on the machine: the source has their words. */
const WORDS: [words: string, path: string][] = [
  [" huge pages are needed, ", "copy/obstacles.ts"],
  ["neither a memfd nor a dma-buf", "copy/buffers/open_buffer.ts"],
  ["is not UTF-8", "cli/types.ts"],
  ["is a Git LFS pointer to a file of ", "models/_pointer.ts"],
  ["is neither a GGUF nor a safetensors file", "models/_foreign.ts"],
  ["what npm got is not the ", "run"],
  ["packages are missing", "run"],
];

for (const [words, path] of WORDS) {
  Deno.test(`docs/troubleshooting.md quotes "${words.trim()}" of ${path}`, () => {
    assert(PAGE.includes(words));
    assert(read(path).includes(words), path);
  });
}
