/**
 * Calls on results that have not arrived: receives a path of names and arguments, hands them to whoever makes the call:
 * on the result in flight, or on the result itself once it is there.
 */
import { NetronError } from '../errors/netron-error.js';

/** Calls something on the result-to-be. Without `args` it reads the property. */
export type CallOn = (path: readonly string[], args: unknown[] | undefined) => Promise<unknown>;

/** `path` on a result-to-be: callable, awaitable (reads the property), and open to further names. */
export function pipelineNode(start: CallOn, path: readonly string[]): unknown {
  return new Proxy(function pipelined() {} as object, {
    apply: (_target, _self, args: unknown[]) => start(path, args),
    get(_target, name) {
      if (typeof name === 'symbol') return undefined;
      if (name === 'then' || name === 'catch' || name === 'finally') {
        const read = start(path, undefined);
        return (read[name] as (...handlers: unknown[]) => unknown).bind(read);
      }
      return pipelineNode(start, [...path, name]);
    },
  });
}

/** Does on this side what a pipelined call does on the other, once the result is there. */
export function applyPath(value: unknown, path: readonly string[], args: unknown[] | undefined): unknown {
  let owner: unknown = value;
  for (const name of args === undefined ? path : path.slice(0, -1)) owner = member(owner, name);
  if (args === undefined) return owner;
  const method = member(owner, path[path.length - 1] as string);
  if (typeof method !== 'function') throw new NetronError('not_found', `the result has no method '${path.join('.')}'`);
  return (method as (...args: unknown[]) => unknown).apply(owner, args);
}

function member(owner: unknown, name: string): unknown {
  if ((typeof owner !== 'object' && typeof owner !== 'function') || owner === null || !(name in owner)) {
    throw new NetronError('not_found', `the result has no member '${name}'`);
  }
  return (owner as Record<string, unknown>)[name];
}
