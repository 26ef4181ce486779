import { exists } from "../../base/exists.ts";
import { assertEquals } from "@std/assert";

const KMEMLEAK = "/sys/kernel/debug/kmemleak";
/** The kernel does not suspect what is younger, nor what has changed since the last look. */
const AGE_MS = 6000;

/** Reports about objects, but for those of the boot: 7.3 loses one as it mounts its rootfs. */
function unreferenced(): string[] {
  return Deno.readTextFileSync(KMEMLEAK).split(/^(?=unreferenced object)/m)
    .filter((report) => report !== "" && !/^ +comm "swapper\/0", pid 0,/m.test(report));
}

// The last test, as its file is the last by name.
Deno.test({
  name: "no test leaves memory of the kernel's that nothing points to",
  ignore: !exists(KMEMLEAK),
  async fn() {
    for (let look = 0; look < 2; look++) {
      await new Promise((resolve) => setTimeout(resolve, AGE_MS));
      Deno.writeTextFileSync(KMEMLEAK, "scan");
    }
    assertEquals(unreferenced(), []);
  },
});
