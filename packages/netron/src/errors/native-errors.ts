/** The native error classes, by the names that their errors have on the wire. */
const natives: ReadonlyMap<string, ErrorConstructor> = new Map(
  [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError].map((Class) => [
    Class.name,
    Class as ErrorConstructor,
  ]),
);

/** Returns the prototype for an error of this name; `undefined` when it is not the name of a native class. */
export function nativePrototype(name: string): Error | undefined {
  return name === 'AggregateError' ? AggregateError.prototype : natives.get(name)?.prototype;
}

/** Returns the name of the native class, other than `Error`, that `error` is an instance of, directly or by a base class. */
export function nativeName(error: Error): string | undefined {
  if (error instanceof AggregateError) return 'AggregateError';
  for (const [name, Class] of natives) if (Class !== Error && error instanceof Class) return name;
  return undefined;
}
