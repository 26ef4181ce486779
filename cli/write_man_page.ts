// `deno task man`: writes the manual page that the tests compare with the command line.
import { manPage } from "./man_page.ts";

await Deno.writeTextFile(new URL("../docs/dmacopy.1", import.meta.url), await manPage());
