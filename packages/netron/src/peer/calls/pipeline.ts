/**
 * Calls on results that have not arrived: collects a path of names and arguments, and makes the call on the pending result, or on the
 * result itself once it has arrived.
 */
import { NetronError } from '../../errors/netron-error.js';
import type { CallOptions } from '../../service/call/options.js';
import { targetOf } from '../../service/call/proxy.js';

/** Makes a call on a pending result. Without `args` it reads the property. */
export type CallOn = (path: readonly string[], args: unknown[] | undefined) => Promise<unknown>;

/**
 * Returns the object for `path` on a pending result: it can be called, awaited (which reads the property), and extended by further names.
 */
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

/**
 * Does locally what a pipelined call does remotely, once the result has arrived.
 *
 * @param seen the options left by middleware that has handled the call already
 */
export function applyPath(
  value: unknown,
  path: readonly string[],
  args: unknown[] | undefined,
  seen?: { readonly options: CallOptions | undefined },
): unknown {
  const name = path[path.length - 1] as string;
  let owner: unknown = value;
  for (const step of path.slice(0, -1)) owner = member(owner, step);
  const to = targetOf(owner);
  if (to !== undefined && to.invokeNamed === undefined) {
    const number = to.definition.members.findIndex((each) => each.name === name);
    if (number < 0 || (args === undefined && to.definition.members[number]?.kind !== 'property')) throw missing(name);
    if (seen !== undefined && to.send !== undefined) return to.send(number, args ?? [], seen.options);
  }
  const found = member(owner, name);
  if (args === undefined) return found;
  if (typeof found !== 'function') throw missing(name);
  const called = seen === undefined ? undefined : targetOf(found);
  if (called?.send !== undefined) return called.send(0, args, seen?.options);
  return (found as (...args: unknown[]) => unknown).apply(owner, args);
}

function member(owner: unknown, name: string): unknown {
  if ((typeof owner !== 'object' && typeof owner !== 'function') || owner === null || !(name in owner)) {
    throw missing(name);
  }
  return (owner as Record<string, unknown>)[name];
}

function missing(name: string): NetronError {
  return new NetronError('not_found', `the result has no member '${name}'`);
}
