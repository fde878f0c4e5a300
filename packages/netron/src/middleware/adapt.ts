/** Converts middleware of any shape into the one that is composed. */
import { isThenable } from '../util/is-thenable.js';
import { thrownText } from '../util/thrown.js';
import type { Call, Handler, Middleware } from './call.js';
import { type MiddlewareInput, type Place, type Placed, PlacedMiddleware } from './places.js';
import type { MiddlewareClass, MiddlewareObject, NetronMiddleware } from './shapes.js';

/** Makes an instance of a class, for instance with a container that provides the arguments of its constructor. */
export type Construct = <T extends object>(Class: new (...args: never[]) => T) => T;

/**
 * Converts middleware of any shape into a `Middleware`. A class is instantiated here, once.
 *
 * @param construct makes instances of classes. Default: `new Class()`
 * @throws TypeError when `input` has none of the shapes, or `construct` fails or returns no middleware
 */
export function toMiddleware(input: MiddlewareInput, construct?: Construct): Middleware {
  const given: unknown = input instanceof PlacedMiddleware ? input.middleware : input;
  if (typeof given === 'function') {
    return isClass(given) ? fromClass(given as MiddlewareClass, construct) : fromFunction(given as Middleware);
  }
  const adapted = typeof given === 'object' && given !== null ? fromObject(given) : undefined;
  if (adapted === undefined) throw new TypeError(`${describe(given)} is not middleware: ${shapes}`);
  return adapted;
}

/** Converts middleware of any shape into one that can be composed, in its own place or `place`. */
export function toPlaced(input: MiddlewareInput, place: Place, construct?: Construct): Placed {
  return { place: input instanceof PlacedMiddleware ? input.place : place, middleware: toMiddleware(input, construct) };
}

const shapes =
  'expected (next, member) => handler, an object with handle(context, next) or beforeCall/afterCall/onError, or a class of these';

const hooks = ['beforeCall', 'afterCall', 'onError'] as const;

function fromFunction(middleware: Middleware): Middleware {
  if (middleware.length < 3) return middleware;
  throw new TypeError(
    `middleware '${middleware.name}' has ${middleware.length} parameters; expected (next, member) => (call) => … or { handle(context, next) {} }`,
  );
}

function fromClass(Class: MiddlewareClass, construct: Construct | undefined): Middleware {
  const made = make(Class, construct);
  const adapted = typeof made === 'object' && made !== null ? fromObject(made) : undefined;
  if (adapted === undefined) throw new TypeError(`class '${Class.name}' is not middleware: ${shapes}`);
  return adapted;
}

function make(Class: MiddlewareClass, construct: Construct | undefined): unknown {
  if (construct === undefined && Class.length > 0) {
    throw new TypeError(
      `middleware class '${Class.name}' requires constructor arguments: pass an instance, or set the option construct`,
    );
  }
  try {
    return construct === undefined ? new (Class as new () => object)() : construct(Class);
  } catch (cause) {
    const reason = thrownText(cause);
    throw new TypeError(`cannot create middleware '${Class.name}': ${reason}`, { cause });
  }
}

function fromObject(object: object): Middleware | undefined {
  const { handle } = object as Partial<MiddlewareObject>;
  if (typeof handle === 'function') return around(object as MiddlewareObject);
  const { beforeCall, afterCall, onError } = object as NetronMiddleware;
  const given = [beforeCall, afterCall, onError].filter((hook) => hook !== undefined);
  if (given.length === 0 || given.some((hook) => typeof hook !== 'function')) return undefined;
  return hooked(object as NetronMiddleware);
}

function around(object: MiddlewareObject): Middleware {
  return (next) => (call) => object.handle(call, async () => next(call));
}

function hooked(object: NetronMiddleware): Middleware {
  return (next) => {
    const finish = (call: Call, result: unknown): unknown => {
      if (object.afterCall === undefined) return result;
      const after = object.afterCall(call, result);
      return isThenable(after) ? after.then(() => result) : result;
    };
    const proceed = (call: Call): unknown => {
      const result = next(call);
      return isThenable(result) ? result.then((value) => finish(call, value)) : finish(call, result);
    };
    const run: Handler = (call) => {
      const before = object.beforeCall?.(call);
      return isThenable(before) ? before.then(() => proceed(call)) : proceed(call);
    };
    return object.onError === undefined ? run : observed(object, run);
  };
}

function observed(object: NetronMiddleware, run: Handler): Handler {
  return (call) => {
    const fail = (error: unknown): unknown => {
      const handled = object.onError?.(call, error);
      if (!isThenable(handled)) throw error;
      return handled.then(() => {
        throw error;
      });
    };
    let result: unknown;
    try {
      result = run(call);
    } catch (error) {
      return fail(error);
    }
    return isThenable(result) ? result.then(undefined, fail) : result;
  };
}

/** Whether a function is a `class`, or an old-style constructor whose prototype has middleware members. */
function isClass(given: (...args: never[]) => unknown): boolean;
function isClass(given: unknown): boolean;
function isClass(given: unknown): boolean {
  const { prototype } = given as { prototype?: object };
  if (typeof prototype !== 'object' || prototype === null) return false;
  if (/^class\b/.test(Function.prototype.toString.call(given))) return true;
  return ['handle', ...hooks].some((name) => name in prototype);
}

function describe(given: unknown): string {
  return given === null ? 'null' : typeof given === 'object' ? 'an object without these members' : `a ${typeof given}`;
}
