/**
 * Calls on results that have not arrived: receives a path of names and arguments, hands them to the link when the
 * result is still in flight, or to the result itself once it is there.
 */
import { NetronError } from '../errors/netron-error.js';

/** Sends a call on the result-to-be; `undefined` when it is too late for that. Without `args` it reads the property. */
export type SendOn = (path: readonly string[], args: unknown[] | undefined) => Promise<unknown> | undefined;

/**
 * `path` on the result of `promise`: callable, awaitable (reads the property), and open to further names.
 */
export function pipelineNode(promise: Promise<unknown>, send: SendOn, path: readonly string[]): unknown {
  return new Proxy(function pipelined() {} as object, {
    apply: (_target, _self, args: unknown[]) => start(promise, send, path, args),
    get(_target, name) {
      if (typeof name === 'symbol') return undefined;
      if (name === 'then' || name === 'catch' || name === 'finally') {
        const read = start(promise, send, path, undefined);
        return (read[name] as (...handlers: unknown[]) => unknown).bind(read);
      }
      return pipelineNode(promise, send, [...path, name]);
    },
  });
}

function start(promise: Promise<unknown>, send: SendOn, path: readonly string[], args: unknown[] | undefined): Promise<unknown> {
  return send(path, args) ?? promise.then((value) => applyPath(value, path, args));
}

/** Does on this side what a pipelined call does on the other. */
function applyPath(value: unknown, path: readonly string[], args: unknown[] | undefined): unknown {
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
