import { describe, expect, it } from 'vitest';
import { TestClock, turns } from '../../test/clock.js';
import { HttpCacheManager } from '../cache/cache-manager.js';
import { Flight } from '../util/flight.js';
import { LiveData } from './live-data.js';

/** A tab that shows one entry, and an event stream that the test writes. */
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
    reached: () => {},
    open: () =>
      Promise.resolve(new ReadableStream<Uint8Array>({ start: (controller) => void (events = controller) }).getReader()),
  });
  live.changed();
  await clock.advance(100);
  const tell = async (event: string, position: number, tags: object = {}) => {
    events!.enqueue(new TextEncoder().encode(`event: ${event}\nid: log.${position}\ndata: ${JSON.stringify({ tags })}\n\n`));
    // A web stream needs turns of its own.
    await new Promise((resolve) => setTimeout(resolve));
    await turns();
  };
  await tell('ready', 0);
  return { clock, cache, entry, live, tell, answer, reads: () => reads };
}

describe('live data of one tab', () => {
  it('a change is read once, even when the subscription changes while its answer is in flight', async () => {
    const { clock, cache, entry, live, tell, answer, reads } = await shown();
    await tell('outdated', 1, { 'user:1': 1 });
    expect(reads()).toBe(1);
    let arrive = () => {};
    const arrival = new Promise<void>((resolve) => (arrive = resolve));
    cache.setFlight(entry, new Flight(cache.tick(), () => arrival));
    live.changed();
    await clock.advance(100);
    expect(reads()).toBe(1);
    answer(1);
    cache.setFlight(entry, undefined);
    arrive();
    await turns();
    expect(reads()).toBe(1);
  });

  it('a change is read again when the answer in flight is older', async () => {
    const { clock, cache, entry, live, tell, answer, reads } = await shown();
    await tell('outdated', 1, { 'user:1': 1 });
    let arrive = () => {};
    const arrival = new Promise<void>((resolve) => (arrive = resolve));
    cache.setFlight(entry, new Flight(cache.tick(), () => arrival));
    live.changed();
    await clock.advance(100);
    answer(0);
    cache.setFlight(entry, undefined);
    arrive();
    await turns();
    expect(reads()).toBe(2);
  });
});

/** More entries than one stream has tags for, and event streams that the test answers. */
function many() {
  const clock = new TestClock();
  const cache = new HttpCacheManager({ clock, maxEntries: 5_000 });
  const opened: { tags: readonly string[]; cursor: string | undefined }[] = [];
  const told: string[] = [];
  let events: ReadableStreamDefaultController<Uint8Array> | undefined;
  const live = new LiveData({
    cache,
    prefix: 'p ',
    clock,
    shared: undefined,
    reached: () => {},
    open: (tags, cursor) => {
      opened.push({ tags, cursor });
      return Promise.resolve(new ReadableStream<Uint8Array>({ start: (controller) => void (events = controller) }).getReader());
    },
  });
  const show = (name: string, sealed: string[], cursor: string) => {
    const entry = cache.open(`p ${name}`, 'users.find', {});
    cache.store(entry, cache.tick(), { value: name, tags: [], live: { sealed, cursor } }, {});
    const observer = { changed: () => {}, outdated: () => told.push(name) };
    entry.observers.add(observer);
    return () => entry.observers.delete(observer);
  };
  const settle = async (event?: string) => {
    live.changed();
    await clock.advance(100);
    if (event !== undefined) events!.enqueue(new TextEncoder().encode(`event: ${event}\nid: log.8\ndata: {"tags":{}}\n\n`));
    await new Promise((resolve) => setTimeout(resolve));
    await turns();
  };
  return { live, opened, told, show, settle };
}

describe('more tags than one stream may have', () => {
  it('reopen the stream once, not at each change of the display', async () => {
    const { live, opened, told, show, settle } = many();
    for (let number = 0; number < 499; number += 1) show(`${number}`, [`a${number}`, `b${number}`], 'log.8');
    show('last', ['one', 'two', 'three'], 'log.3');
    await settle('ready');
    for (let change = 0; change < 5; change += 1) await settle();
    expect(opened.map(({ tags, cursor }) => [tags.length, cursor])).toEqual([[1_000, 'log.3']]);
    expect(told).toEqual([]);
    live.close();
  });

  it('are fetched again when there is room for them: their changes were not received', async () => {
    const { live, opened, told, show, settle } = many();
    const hide = Array.from({ length: 500 }, (_, number) => show(`${number}`, [`a${number}`, `b${number}`], 'log.8'));
    show('last', ['one'], 'log.8');
    await settle('ready');
    for (const end of hide.slice(1)) end();
    await settle('ready');
    expect(opened.map(({ tags }) => tags.includes('one'))).toEqual([false, true]);
    expect(told).toEqual(['last']);
    live.close();
  });
});
