import { assertEquals, assertNotEquals } from "@std/assert";
import { withoutPlaces } from "../../notebooks/measure/datasets.ts";

const bundle = (place: string) =>
  `// ${place}npm/registry.npmjs.org/commander/15.1.0/lib/help.js\n` +
  `var help = __esm({ "${place}npm/registry.npmjs.org/commander/15.1.0/lib/help.js"() {} });\n` +
  `// copy/plan.ts\n`;

Deno.test("withoutPlaces() has the same of a checkout and of packages anywhere", () => {
  const one = withoutPlaces(bundle("../../root/.cache/deno/"));
  assertEquals(withoutPlaces(bundle("../../../../home/me/deno/")), one);
  assertEquals(withoutPlaces(bundle(".deno/cache/")), one);
});

Deno.test("withoutPlaces() keeps the packages' versions and the code", () => {
  const text = bundle("../");
  assertNotEquals(withoutPlaces(text.replaceAll("15.1.0", "15.1.1")), withoutPlaces(text));
  assertNotEquals(withoutPlaces(text.replace("plan", "plans")), withoutPlaces(text));
});
