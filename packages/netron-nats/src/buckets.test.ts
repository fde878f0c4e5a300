import type { QueuedIterator } from '@nats-io/transport-node';
import { VirtualClock } from '@omnitron-dev/netron/testing';
import { describe, expect, it } from 'vitest';
import { allOf } from './buckets.js';

/** A list as the NATS client returns it: yields its keys, and ends when it is complete or stopped. */
function list(keys: readonly string[], whole: boolean): QueuedIterator<string> {
  let stop = (_reason?: Error): void => {};
  const stopped = new Promise<Error | undefined>((resolve) => {
    stop = resolve;
  });
  async function* read(): AsyncGenerator<string> {
    yield* keys;
    const reason = whole ? undefined : await stopped;
    if (reason !== undefined) throw reason;
  }
  return Object.assign(read(), { stop }) as unknown as QueuedIterator<string>;
}

describe('a list of leases', () => {
  it('has all keys, and leaves no timer', async () => {
    const clock = new VirtualClock();
    expect(await allOf(list(['a', 'b'], true), 3_000, clock)).toEqual(new Set(['a', 'b']));
    expect(clock.size).toBe(0);
  });

  it('fails when it is incomplete in time: the server was lost meanwhile', async () => {
    const clock = new VirtualClock();
    const all = allOf(list(['a'], false), 3_000, clock);
    const failed = expect(all).rejects.toThrow('NATS did not return the leases within 3000 ms');
    await clock.advance(3_000);
    await failed;
    expect(clock.size).toBe(0);
  });
});
