/** An object that computes each value once, when it is first read. */
export function lazily<T extends object>(makers: { readonly [K in keyof T]: () => T[K] }): T {
  const object = {} as T;
  for (const name of Object.keys(makers) as (keyof T)[]) {
    const define = (descriptor: PropertyDescriptor) =>
      Object.defineProperty(object, name, {
        enumerable: true,
        configurable: true,
        ...descriptor,
      });
    define({
      get() {
        const value = makers[name]();
        define({ value });
        return value;
      },
    });
  }
  return object;
}
