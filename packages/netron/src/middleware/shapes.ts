import type { Call, Middleware } from './call.js';

/**
 * Middleware as three hooks, each optional. They may be synchronous; a call then stays synchronous too.
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
 */
export interface MiddlewareObject {
  /** Answers `context`'s call: what it returns, or the promise of it, is the call's result; what it throws is its error. */
  handle(context: Call, next: () => Promise<unknown>): unknown;
}

/** A class of either kind of middleware object. Without the option `construct` it is constructed without arguments. */
export type MiddlewareClass = new (...args: never[]) => MiddlewareObject | NetronMiddleware;

/** The shapes in which middleware may be given. */
export type MiddlewareShape = Middleware | MiddlewareObject | NetronMiddleware | MiddlewareClass;
