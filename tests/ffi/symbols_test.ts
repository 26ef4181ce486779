import { assertEquals } from "@std/assert";
import { symbols as typed } from "../../ffi/symbols.ts";

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
  nonblocking?: boolean;
}

const symbols = typed as unknown as Record<string, Signature>;

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
  for (const symbol of Object.values(symbols)) {
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
  const named = new Set(Object.values(symbols).map(({ name }) => name));
  assertEquals([...definitions().keys()].filter((name) => !named.has(name)), []);
});

Deno.test("symbols have a nonblocking form of a call that can take long, and of no other", () => {
  assertEquals(symbols["pread_async"], { ...symbols["pread"]!, nonblocking: true });
  const waiting = Object.keys(symbols).filter((key) => symbols[key]!.nonblocking);
  assertEquals(waiting.filter((key) => !key.endsWith("_async")), []);
  assertEquals(["close_async", "pread_async_async"].filter((key) => key in symbols), []);
});
