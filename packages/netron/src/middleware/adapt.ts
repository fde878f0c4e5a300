/** Receives middleware in any of its shapes and turns it into the one the engine composes. */
import type { Call, Handler, Middleware } from './call.js';

/**
 * Middleware as three hooks, each optional. They may be synchronous; a call then stays synchronous too.
 *
 * @source MISSION MW-01
 */
export interface NetronMiddleware {
  /** Runs before the call. When it throws, the call does not run and fails with that error. */
  beforeCall?(context: Call): unknown;
  /** Runs when the call has answered; what it returns is ignored. When it throws, the call fails with that error. */
  afterCall?(context: Call, result: unknown): unknown;
  /**
   * Runs once when the call, `beforeCall` or `afterCall` has failed. The caller gets the same error afterwards, or,
   * when `onError` itself throws, what it threw: so it can translate errors but not swallow them.
   */
  onError?(context: Call, error: unknown): unknown;
}

/**
 * Middleware as an object that stands around the call: it decides whether, and how often, to call `next`. `next` always
 * answers with a promise.
 *
 * @source MISSION MW-03
 */
export interface MiddlewareObject {
  /** Answers `context`'s call: what it returns, or the promise of it, is the call's result; what it throws is its error. */
  handle(context: Call, next: () => Promise<unknown>): unknown;
}

/** A class of either kind of middleware object, constructed without arguments. */
export type MiddlewareClass = new () => MiddlewareObject | NetronMiddleware;

/** Every shape in which middleware may be given. */
export type MiddlewareInput = Middleware | MiddlewareObject | NetronMiddleware | MiddlewareClass;

/**
 * Turns middleware of any shape into a `Middleware`. A class is constructed here, once, without arguments.
 *
 * @throws TypeError when `input` is none of the shapes
 * @source MISSION ruling 8
 */
export function toMiddleware(input: MiddlewareInput): Middleware {
  const given: unknown = input;
  if (typeof given === 'function') {
    return isClass(given) ? fromClass(given as MiddlewareClass) : fromFunction(given as Middleware);
  }
  const adapted = typeof given === 'object' && given !== null ? fromObject(given) : undefined;
  if (adapted === undefined) throw new TypeError(`${describe(given)} is no middleware: ${shapes}`);
  return adapted;
}

const shapes = 'give (next) => handler, an object with handle(context, next) or beforeCall/afterCall/onError, or a class of such';

const hooks = ['beforeCall', 'afterCall', 'onError'] as const;

function fromFunction(middleware: Middleware): Middleware {
  if (middleware.length < 2) return middleware;
  throw new TypeError(
    `middleware '${middleware.name}' takes (${middleware.length} parameters); give (next) => (call) => … or { handle(context, next) {} }`,
  );
}

function fromClass(Class: MiddlewareClass): Middleware {
  if (Class.length > 0) throw new TypeError(`middleware class '${Class.name}' needs constructor arguments: give an instance`);
  const adapted = fromObject(new Class());
  if (adapted === undefined) throw new TypeError(`class '${Class.name}' is no middleware: ${shapes}`);
  return adapted;
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
      const told = object.onError?.(call, error);
      if (!isThenable(told)) throw error;
      return told.then(() => {
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

/** The same as `util/is-thenable`, which clients have: importing that here would cut them in two, see `peer/node-middleware`. */
function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function';
}

/** A `class`, or a function of the old kind whose prototype carries middleware members. */
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
