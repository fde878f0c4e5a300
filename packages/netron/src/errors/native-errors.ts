/** The error classes of the language, by the name that an error has on the wire. */
const natives: ReadonlyMap<string, ErrorConstructor> = new Map(
  [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map((Class) => [
    Class.name,
    Class as ErrorConstructor,
  ]),
);

/** The prototype that an error of this name is to have; `undefined` when no class of the language is called so. */
export function nativePrototype(name: string): Error | undefined {
  return name === 'AggregateError' ? AggregateError.prototype : natives.get(name)?.prototype;
}

/** The name of the class of the language that `error` is an instance of, by its class or a base class, but for `Error`. */
export function nativeName(error: Error): string | undefined {
  if (error instanceof AggregateError) return 'AggregateError';
  for (const [name, Class] of natives) if (Class !== Error && error instanceof Class) return name;
  return undefined;
}
