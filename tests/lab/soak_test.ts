import { assertEquals } from "@std/assert";
import { soak } from "../soak/_soak.ts";

Deno.test("copies of all kinds, 8 at a time, and dying clients leave nothing behind", async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const { failures } = await soak({ copies: 160, clients: 16, seed, log: console.log });
  assertEquals(failures, []);
});
