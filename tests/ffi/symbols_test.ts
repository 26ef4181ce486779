import { assertEquals } from "@std/assert";
import { symbols } from "../../ffi/symbols.ts";

const C_TYPES: Record<string, string> = {
  "int32_t": "i32",
  "uint32_t": "u32",
  "int64_t": "i64",
  "uint64_t": "u64",
  "void": "void",
};

interface Signature {
  name: string;
  parameters: readonly string[];
  result: string;
}

/** The functions that shim.c defines, in the FFI's terms; every pointer as "pointer". */
function definitions(): Map<string, Signature> {
  const source = Deno.readTextFileSync(new URL("../../ffi/shim.c", import.meta.url));
  const found = source.matchAll(/^(\w+) (shim_\w+)\(([^)]*)\)\n\{/gm);
  return new Map(
    [...found].map(([, result = "", name = "", list = ""]) => {
      const parameters = list === "void" ? [] : list.split(",").map((parameter) => {
        if (/[*[]/.test(parameter)) return "pointer";
        return C_TYPES[parameter.trim().split(" ")[0] ?? ""] ?? parameter;
      });
      return [name, { name, parameters, result: C_TYPES[result] ?? result }];
    }),
  );
}

Deno.test("symbols have the signatures of shim.c", () => {
  const defined = definitions();
  for (const symbol of Object.values(symbols) as Signature[]) {
    const expected = defined.get(symbol.name);
    assertEquals(symbol.result, expected?.result, symbol.name);
    // An address is a pointer, too.
    const parameters = symbol.parameters.map((type, i) =>
      expected?.parameters[i] === "pointer" && ["buffer", "u64"].includes(type) ? "pointer" : type
    );
    assertEquals(parameters, expected?.parameters, symbol.name);
  }
});

Deno.test("symbols name every function of shim.c", () => {
  const named = new Set(Object.values(symbols).map(({ name }) => name as string));
  assertEquals([...definitions().keys()].filter((name) => !named.has(name)), []);
});

Deno.test("symbols have nonblocking forms that differ in nothing else", () => {
  const table = symbols as Record<string, Signature & { nonblocking?: boolean }>;
  const nonblocking = Object.keys(table).filter((key) => key.endsWith("_async"));
  assertEquals(nonblocking.length, 20);
  for (const key of nonblocking) {
    assertEquals(table[key], { ...table[key.slice(0, -"_async".length)]!, nonblocking: true });
  }
});
