import { describe, expect, it, vi } from 'vitest';
import { createProxy, type ProxyTarget } from '../../service/call/proxy.js';
import { failedCall } from './call-promise.js';
import { applyPath, type CallOn, pipelineNode } from './pipeline.js';

/** A pending result, and the calls made on it. */
function node() {
  const start = vi.fn<CallOn>(async (path) => path.join('.'));
  return { start, at: pipelineNode(start, ['profile']) as Record<string, never> & ((...args: unknown[]) => Promise<unknown>) };
}

/** A proxy of a service, and the calls that it receives. */
function remote(kind: 'method' | 'property' = 'method', more: Partial<ProxyTarget> = {}) {
  const invoke = vi.fn(async (_member: number, args: unknown[]) => ['invoked', ...args]);
  const definition = { name: 'users', version: '1.0.0', members: [{ name: 'get', kind }] } as never;
  const target = { definition, owner: {}, invoke, on: vi.fn(), reportError() {}, dispose() {}, stream: undefined, ...more };
  return { invoke, proxy: createProxy(target as unknown as ProxyTarget) };
}

describe('a path on a result-to-be', () => {
  it('grows with each name, and is called with arguments', async () => {
    const { at, start } = node();
    const { avatar } = at as unknown as Record<string, Record<string, (size: number) => Promise<unknown>>>;
    expect(await avatar?.url?.(64)).toBe('profile.avatar.url');
    expect(start.mock.calls).toEqual([[['profile', 'avatar', 'url'], [64]]]);
  });

  it('is read when it is awaited, by any of the members of promises', async () => {
    const { at, start } = node();
    expect(await at).toBe('profile');
    const handlers = at as unknown as Promise<unknown>;
    await handlers.catch(() => expect.unreachable());
    await handlers.finally(() => {});
    expect(start.mock.calls).toEqual(Array.from({ length: 3 }, () => [['profile'], undefined]));
  });

  it('has no symbols: it is neither iterable nor converted by accident', () => {
    const { at, start } = node();
    const symbols = [Symbol.iterator, Symbol.asyncIterator, Symbol.toPrimitive, Symbol.toStringTag];
    expect(symbols.map((symbol) => (at as unknown as Record<symbol, unknown>)[symbol])).toEqual(symbols.map(() => undefined));
    expect(start).not.toHaveBeenCalled();
  });
});

describe('a path on a result that is there', () => {
  it('reads properties, and calls functions with their object as `this`', () => {
    function greet(this: { name: string }, word: string) {
      return `${word} ${this.name}`;
    }
    const user = { profile: { name: 'Ann', greet } };
    expect(applyPath(user, ['profile', 'name'], undefined)).toBe('Ann');
    expect(applyPath(user, ['profile', 'greet'], ['hello'])).toBe('hello Ann');
  });

  it.each([
    ['a missing name', { a: 1 }, ['b'], undefined, 'b'],
    ['a name of nothing', null, ['a'], undefined, 'a'],
    ['a name of a text', 'text', ['length'], undefined, 'length'],
    ['a name below what is missing', { a: {} }, ['a', 'b', 'c'], undefined, 'b'],
    ['a call of what is no function', { a: 1 }, ['a'], [], 'a'],
  ])('fails with `not_found` for %s', (_what, value, path, args, missing) => {
    const error = { code: 'not_found', message: `the result has no member '${missing}'` };
    expect(() => applyPath(value, path, args)).toThrow(expect.objectContaining(error));
  });

  it('calls members of a service, and nothing that it does not offer', async () => {
    const { invoke, proxy } = remote();
    expect(await applyPath({ users: proxy }, ['users', 'get'], [7])).toEqual(['invoked', 7]);
    expect(invoke.mock.calls[0]?.slice(0, 2)).toEqual([0, [7]]);
    expect(() => applyPath(proxy, ['drop'], [])).toThrow("the result has no member 'drop'");
    expect(() => applyPath(proxy, ['get'], undefined)).toThrow(expect.objectContaining({ code: 'not_found' }));
  });

  it('reads a property of a service', async () => {
    const { invoke, proxy } = remote('property');
    expect(await applyPath(proxy, ['get'], undefined)).toEqual(['invoked']);
    expect(invoke).toHaveBeenCalledOnce();
  });

  it('bypasses middleware that has handled the call, with the options that it has set', async () => {
    const send = vi.fn(async () => 'sent');
    const { invoke, proxy } = remote('method', { send } as never);
    const options = { timeout: 5 };
    expect(await applyPath(proxy, ['get'], [7], { options })).toBe('sent');
    expect(send).toHaveBeenCalledExactlyOnceWith(0, [7], options);
    expect(invoke).not.toHaveBeenCalled();
  });
});

it('a call on a call that has failed before it was sent fails with the same error', async () => {
  const error = new Error('gone');
  const first = failedCall(error) as unknown as Record<string, Record<string, () => Promise<unknown>>>;
  await expect(first.profile?.name?.()).rejects.toBe(error);
});
