/** The variables of the host that the tests in a guest read. */
const NAMES = ["HEAP_CLEARING_OPERATIONS"];

/** The variables in `env` that the tests in a guest read, by name. */
export function variablesOfTests(env: Pick<Deno.Env, "get">): Record<string, string> {
  return Object.fromEntries(NAMES.flatMap((name) => {
    const value = env.get(name);
    return value === undefined ? [] : [[name, value]];
  }));
}
