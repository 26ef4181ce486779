// The types of the assertions that the tests use, as Deno's standard library declares them.
// deno-lint-ignore-file no-explicit-any

/** Any class of errors. */
type ErrorClass<E> = abstract new (...args: any[]) => E;

/** Fails unless the value is truthy. */
export function assert(value: unknown, message?: string): asserts value;

/** Fails unless both are equal, in depth. */
export function assertEquals<T>(actual: T, expected: T, message?: string): void;

/** Fails where both are equal, in depth. */
export function assertNotEquals<T>(actual: T, expected: T, message?: string): void;

/** Fails unless both are equal but for the tolerance. */
export function assertAlmostEquals(
  actual: number,
  expected: number,
  tolerance?: number,
  message?: string,
): void;

/** Fails unless the value is of the class. */
export function assertInstanceOf<T>(
  actual: unknown,
  type: abstract new (...args: any[]) => T,
  message?: string,
): asserts actual is T;

/** Fails unless the text matches. */
export function assertMatch(actual: string, expected: RegExp, message?: string): void;

/** Fails unless the text has the other in it. */
export function assertStringIncludes(actual: string, expected: string, message?: string): void;

/** Fails unless the function throws; returns what. */
export function assertThrows(fn: () => unknown, message?: string): unknown;
export function assertThrows<E extends Error>(
  fn: () => unknown,
  type: ErrorClass<E>,
  includes?: string,
  message?: string,
): E;

/** Fails unless the promise is rejected; returns what with. */
export function assertRejects(fn: () => PromiseLike<unknown>, message?: string): Promise<unknown>;
export function assertRejects<E extends Error>(
  fn: () => PromiseLike<unknown>,
  type: ErrorClass<E>,
  includes?: string,
  message?: string,
): Promise<E>;
