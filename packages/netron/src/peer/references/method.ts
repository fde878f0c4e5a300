/** Functions that are properties of an object: a remote call passes that object as `this`. */

/** A function and the object that it belongs to. */
export class Method {
  readonly holder: object;
  readonly run: (...args: unknown[]) => unknown;

  constructor(holder: object, run: (...args: unknown[]) => unknown) {
    this.holder = holder;
    this.run = run;
  }
}

const known = new WeakMap<object, Map<unknown, Method>>();

/** Returns the method `run` of `holder`: the same object each time. */
export function methodOf(holder: object, run: (...args: unknown[]) => unknown): Method {
  let methods = known.get(holder);
  if (methods === undefined) {
    methods = new Map();
    known.set(holder, methods);
  }
  let method = methods.get(run);
  if (method === undefined) {
    method = new Method(holder, run);
    methods.set(run, method);
  }
  return method;
}
