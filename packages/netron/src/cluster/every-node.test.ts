import { describe, expect, it } from 'vitest';
import { deferred } from '../util/deferred.js';
import type { Endpoint } from './endpoint.js';
import type { Endpoints, EndpointsListener } from './endpoints.js';
import { EveryNode } from './every-node.js';

/** A place at a node, which may refuse a subscription, and records ended ones. */
interface Place {
  readonly name: string;
  readonly connection?: number;
  readonly refuses?: boolean;
  readonly endsWith?: Error;
}

/** Nodes that the test adds and removes. */
function nodes(...there: Place[]) {
  const places = new Map<Endpoint, Place>();
  const listeners = new Set<EndpointsListener>();
  const come = (place: Place, at = { ready: true } as Endpoint): Endpoint => {
    places.set(at, place);
    for (const listener of listeners) listener.endpointReady(at);
    return at;
  };
  for (const place of there) come(place);
  const log: string[] = [];
  const failed: unknown[] = [];
  const endpoints = {
    get endpoints() {
      return places.keys();
    },
    listeners,
  } as unknown as Endpoints;
  const everywhere = new EveryNode<Place>(
    endpoints,
    (endpoint) => places.get(endpoint),
    (error) => failed.push(error),
    (before, place) => before.connection !== undefined && before.connection === place.connection,
  );
  const begin = async ({ name, refuses, endsWith }: Place) => {
    if (refuses === true) throw new Error(`${name} refuses`);
    log.push(`${name} begins`);
    return async () => {
      log.push(`${name} ends`);
      if (endsWith !== undefined) throw endsWith;
    };
  };
  return { begin, come, everywhere, failed, listeners, log };
}

describe('a subscription at every node', () => {
  it('begins at present and later nodes, and ends at all of them', async () => {
    const { begin, come, everywhere, failed, listeners, log } = nodes({ name: 'a' }, { name: 'b', refuses: true });
    const end = await everywhere.add(begin);
    come({ name: 'c' });
    await end();
    come({ name: 'd' });
    expect([log, failed, listeners.size]).toEqual([['a begins', 'c begins', 'a ends', 'c ends'], [new Error('b refuses')], 0]);
  });

  it('fails when all present nodes refuse it, and then exists nowhere, not even at a node added meanwhile', async () => {
    const { begin, come, everywhere, listeners, log } = nodes({ name: 'a', refuses: true });
    const waits = deferred<void>();
    const added = everywhere.add(async (place) => {
      if (place.name === 'a') await waits.promise;
      return begin(place);
    });
    come({ name: 'b', endsWith: new Error('the connection is lost') });
    await undefined;
    waits.resolve();
    await expect(added).rejects.toThrow('a refuses');
    expect([log, listeners.size]).toEqual([['b begins', 'b ends'], 0]);
  });

  it('moves to another connection of a node, even if ending it at the old one fails', async () => {
    const { begin, come, everywhere, failed, log } = nodes();
    const end = everywhere.keep(begin);
    const at = come({ name: 'before', endsWith: new Error('the connection is lost') });
    await new Promise(setImmediate);
    come({ name: 'after' }, at);
    await new Promise(setImmediate);
    await end();
    expect([log, failed]).toEqual([['before begins', 'after begins', 'before ends', 'after ends'], []]);
  });

  it('is not begun again where it continues by itself', async () => {
    const { begin, come, everywhere, log } = nodes();
    const end = everywhere.keep(begin);
    const at = come({ name: 'before', connection: 1 });
    await new Promise(setImmediate);
    come({ name: 'after', connection: 1 }, at);
    await new Promise(setImmediate);
    await end();
    expect(log).toEqual(['before begins', 'before ends']);
  });
});
