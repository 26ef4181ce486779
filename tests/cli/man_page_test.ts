import { assertEquals } from "@std/assert";
import { manPage } from "../../cli/man_page.ts";
import { works } from "../_works.ts";

const PAGE = new URL("../../docs/dmacopy.1", import.meta.url);

Deno.test("docs/dmacopy.1 is what deno task man writes", async () => {
  assertEquals(Deno.readTextFileSync(PAGE), await manPage());
});

Deno.test({
  name: "docs/dmacopy.1 is a page that groff takes without a warning",
  ignore: !works("groff"),
  async fn() {
    const { success, stdout, stderr } = await new Deno.Command("groff", {
      args: ["-man", "-Tutf8", "-ww", "-z", PAGE.pathname],
    }).output();
    const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    assertEquals([success, said], [true, ""]);
  },
});
