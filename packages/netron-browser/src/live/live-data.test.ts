import { describe, expect, it } from 'vitest';
import { TestClock, turns } from '../../test/clock.js';
import { HttpCacheManager } from '../cache/cache-manager.js';
import { Flight } from '../util/flight.js';
import { LiveData } from './live-data.js';

/** A tab that shows one entry, and a stream of events that the test writes. */
async function shown() {
  const clock = new TestClock();
  const cache = new HttpCacheManager({ clock });
  const entry = cache.open('p users.find 1', 'users.find', {});
  const answer = (position: number) =>
    cache.store(entry, cache.tick(), { value: 'Ada', tags: [], live: { sealed: ['user:1'], cursor: `log.${position}` } }, {});
  answer(0);
  let reads = 0;
  entry.observers.add({ changed: () => {}, outdated: () => (reads += 1) });
  let events: ReadableStreamDefaultController<Uint8Array> | undefined;
  const live = new LiveData({
    cache,
    prefix: 'p ',
    clock,
    shared: undefined,
    open: () =>
      Promise.resolve(new ReadableStream<Uint8Array>({ start: (controller) => void (events = controller) }).getReader()),
  });
  live.changed();
  await clock.advance(100);
  const tell = async (event: string, position: number, tags: object = {}) => {
    events!.enqueue(new TextEncoder().encode(`event: ${event}\nid: log.${position}\ndata: ${JSON.stringify({ tags })}\n\n`));
    // A stream of the platform needs its own turns.
    await new Promise((resolve) => setTimeout(resolve));
    await turns();
  };
  await tell('ready', 0);
  return { clock, cache, entry, live, tell, answer, reads: () => reads };
}

describe('live data of one tab', () => {
  it('a change is read once, though another wish comes while its answer is on its way', async () => {
    const { clock, cache, entry, live, tell, answer, reads } = await shown();
    await tell('outdated', 1, { 'user:1': 1 });
    expect(reads()).toBe(1);
    let arrive = () => {};
    const arrival = new Promise<void>((resolve) => (arrive = resolve));
    cache.fly(entry, new Flight(cache.tick(), () => arrival));
    live.changed();
    await clock.advance(100);
    expect(reads()).toBe(1);
    answer(1);
    cache.fly(entry, undefined);
    arrive();
    await turns();
    expect(reads()).toBe(1);
  });

  it('a change is read again when the answer on its way is from before it', async () => {
    const { clock, cache, entry, live, tell, answer, reads } = await shown();
    await tell('outdated', 1, { 'user:1': 1 });
    let arrive = () => {};
    const arrival = new Promise<void>((resolve) => (arrive = resolve));
    cache.fly(entry, new Flight(cache.tick(), () => arrival));
    live.changed();
    await clock.advance(100);
    answer(0);
    cache.fly(entry, undefined);
    arrive();
    await turns();
    expect(reads()).toBe(2);
  });
});
