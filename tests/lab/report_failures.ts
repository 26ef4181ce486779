// Loaded before the tests. `deno test` shows why tests failed when all have run: in a slow guest that
// may be an hour later, or never.

type Run = (context: Deno.TestContext) => unknown;

const register = Deno.test as unknown as (...definition: unknown[]) => void;

/** Takes what Deno.test() takes. The test's function, or the object that has it, comes last. */
function test(...definition: unknown[]): void {
  const last = definition.pop() as Run | { fn: Run };
  register(...definition, typeof last === "function" ? told(last) : { ...last, fn: told(last.fn) });
}

/** The same test, which prints its error when it fails. */
function told(run: Run): Run {
  const wrapped: Run = async (context) => {
    try {
      await run(context);
    } catch (error) {
      console.error(error);
      throw error;
    }
  };
  return Object.defineProperty(wrapped, "name", { value: run.name });
}

Object.assign(Deno, { test: Object.assign(test, Deno.test) });
