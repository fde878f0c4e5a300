/// <reference path="../../netron/test/browser/server.setup.ts" />
import { describe, expect, it } from 'vitest';
import { server } from '../../netron/test/browser/page.js';
import { HttpRemotePeer } from '../src/index.js';

interface Calculator {
  add(a: number, b: number): number;
  same<T>(value: T): T;
  fail(): void;
}

interface Streams {
  count(to: number): AsyncGenerator<number>;
}

/** The address of a server's calls, on the port of its connections. */
async function address(): Promise<string> {
  const url = new URL((await server([location.origin])).replace(/^ws/, 'http'));
  return url.origin;
}

describe('a page over HTTP, in Chromium', () => {
  it('calls a server of another origin that allows it, with every kind of value', async () => {
    await using peer = new HttpRemotePeer(await address());
    const calculator = await peer.queryInterface<Calculator>('calculator@^1.0.0');
    expect(await calculator.add(2, 3)).toBe(5);
    const value = {
      at: new Date(7),
      big: 2n ** 70n,
      map: new Map([['a', new Set([1])]]),
      bytes: Uint8Array.of(1, 2),
      none: undefined,
    };
    expect(await calculator.same(value)).toEqual(value);
    await expect(calculator.fail()).rejects.toMatchObject({ message: 'out of range' });
    await expect(peer.queryInterface('unknown')).rejects.toMatchObject({ code: 'not_found' });
  });

  it('reads streams, and shows queries', async () => {
    await using peer = new HttpRemotePeer(await address());
    const streams = await peer.queryInterface<Streams>('streams');
    const items: number[] = [];
    for await (const item of streams.count(3)) items.push(item);
    expect(items).toEqual([1, 2, 3]);
    const query = peer.watch<Calculator, 'add'>('calculator', 'add', [1, 2]);
    await new Promise<void>((resolve) => {
      query.subscribe(() => query.data !== undefined && resolve());
    });
    expect(query.data).toBe(3);
  });
});
