import { assertEquals } from "@std/assert";
import { readKernelText } from "../../ffi/mod.ts";

Deno.test("the guest has no network: no device, and no protocol of the Internet", async () => {
  const names = await Array.fromAsync(Deno.readDir("/sys/class/net"), ({ name }) => name);
  assertEquals(names.filter((name) => name !== "lo"), []);
  const protocols = readKernelText("/proc/net/protocols");
  assertEquals(/^(TCP|UDP|RAW|PING)/m.test(protocols), false, protocols);
});
