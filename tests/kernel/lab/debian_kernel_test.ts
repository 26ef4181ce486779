import { assertEquals } from "@std/assert";
import { cpio } from "../../../kernel/lab/cpio.ts";
import { dependencies, newest } from "../../../kernel/lab/debian_kernel.ts";
import { works } from "../../_works.ts";

Deno.test("newest() takes numbers for numbers", () => {
  assertEquals(newest(["6.1.0-9", "6.1.0-50", "6.1.0-47"]), "6.1.0-50");
  assertEquals(newest(["6.12.99+deb13", "6.12.117+deb13"]), "6.12.117+deb13");
  assertEquals(newest([]), undefined);
});

Deno.test("dependencies() are those that .modinfo names", () => {
  const module = (text: string) => new TextEncoder().encode(`\x7fELF\0${text}\0vermagic=6.1\0`);
  assertEquals(dependencies(module("depends=jbd2,crc-16")), ["jbd2", "crc_16"]);
  assertEquals(dependencies(module("depends=")), []);
  assertEquals(dependencies(module("alias=fs-ext4")), []);
});

const ignore = !works("busybox", ["true"]);

Deno.test({ name: "cpio() is what busybox unpacks", ignore, fn: unpackCpio });

async function unpackCpio(): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    const odd = new Uint8Array([1, 2, 3, 4, 5]);
    await Deno.writeFile(
      `${folder}/archive`,
      cpio([{ name: "a" }, { name: "a/odd", data: odd }, {
        name: "a/empty",
        data: odd.subarray(5),
      }]),
    );
    const { success, stderr } = await new Deno.Command("busybox", {
      args: ["cpio", "-i", "-F", "archive"],
      cwd: folder,
    }).output();
    assertEquals([success, new TextDecoder().decode(stderr)], [true, "1 blocks\n"]);
    assertEquals(await Deno.readFile(`${folder}/a/odd`), odd);
    assertEquals((await Deno.stat(`${folder}/a/odd`)).mode! & 0o777, 0o755);
    assertEquals((await Deno.stat(`${folder}/a/empty`)).size, 0);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
