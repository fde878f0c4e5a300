import type { Call, Middleware } from './call.js';

/**
 * Middleware as three optional hooks. If they are synchronous, a synchronous call stays synchronous.
 */
export interface NetronMiddleware {
  /** Runs before the call. If it throws, the call does not run and fails with that error. */
  beforeCall?(context: Call): unknown;
  /** Runs after a successful call; its result is ignored. If it throws, the call fails with that error. */
  afterCall?(context: Call, result: unknown): unknown;
  /**
   * Runs once when the call, `beforeCall` or `afterCall` has failed. The caller then gets the same error or, if `onError` itself
   * throws, that error: it can replace an error but not suppress it.
   */
  onError?(context: Call, error: unknown): unknown;
}

/**
 * Middleware as an object around the call: it decides whether, and how often, to call `next`. `next` always
 * returns a promise.
 */
export interface MiddlewareObject {
  /** Answers the call of `context`: its result, or the promise of it, is the result of the call; an error that it throws is the call's error. */
  handle(context: Call, next: () => Promise<unknown>): unknown;
}

/** A class of either kind of middleware object. Without the option `construct` it is instantiated without arguments. */
export type MiddlewareClass = new (...args: never[]) => MiddlewareObject | NetronMiddleware;

/** The shapes of middleware. */
export type MiddlewareShape = Middleware | MiddlewareObject | NetronMiddleware | MiddlewareClass;
