import { describe, expect, it } from 'vitest';
import { positionOf } from '../util/positions.js';
import { earlier, liveEventOf } from './live-event.js';
import { readEvents, type ServerEvent } from './read-events.js';

const encode = (text: string) => new TextEncoder().encode(text);

/** Returns the reader of a body in pieces. */
function body(pieces: readonly Uint8Array[], canceled: () => void = () => {}): ReadableStreamDefaultReader<Uint8Array> {
  const left = [...pieces];
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      const piece = left.shift();
      if (piece === undefined) controller.close();
      else controller.enqueue(piece);
    },
    cancel: canceled,
  }).getReader();
}

async function read(pieces: readonly Uint8Array[]): Promise<{ events: ServerEvent[]; alive: number }> {
  const events: ServerEvent[] = [];
  let alive = 0;
  await readEvents(
    body(pieces),
    () => {
      alive += 1;
    },
    (event) => void events.push(event),
  );
  return { events, alive };
}

const text =
  'event: ready\nid: log.3\ndata: {"tags":{"größe":3}}\n\n:\n\nid: log.4\n\nevent: outdated\nid: log.5\ndata: {"tags":{"a":5}}\n\n';
const whole: ServerEvent[] = [
  { id: 'log.3', event: 'ready', data: { tags: { größe: 3 } } },
  { id: 'log.4', event: '', data: null },
  { id: 'log.5', event: 'outdated', data: { tags: { a: 5 } } },
];

describe('events of a server', () => {
  it('arrive whole however their bytes are split; each chunk counts as a heartbeat', async () => {
    const bytes = encode(text);
    for (let at = 1; at < bytes.length; at += 1)
      expect([at, (await read([bytes.subarray(0, at), bytes.subarray(at)])).events]).toEqual([at, whole]);
    const single = await read(Array.from(bytes, (_, at) => bytes.subarray(at, at + 1)));
    expect(single).toEqual({ events: whole, alive: bytes.length });
  });

  it('that are incomplete are not reported', async () => {
    expect((await read([encode(text.slice(0, -1))])).events).toEqual(whole.slice(0, 2));
  });

  it('whose data is not JSON, or that never end, fail and cancel the body', async () => {
    for (const piece of ['data: {"tags"\nid: log.1\n\n', `data: ${'x'.repeat(1_100_000)}`]) {
      let canceled = 0;
      const forever = body([encode(piece), encode('x'), encode('x')], () => {
        canceled += 1;
      });
      await expect(
        readEvents(
          forever,
          () => {},
          () => {},
        ),
      ).rejects.toThrow();
      expect(canceled).toBe(1);
    }
  });
});

describe('live events', () => {
  it.each<[string, ServerEvent]>([
    ['another event', { event: 'message', id: 'log.1', data: {} }],
    ['no position', { event: 'ready', id: '', data: {} }],
    ['a position without a number', { event: 'ready', id: 'log.x', data: {} }],
    ['a position that is no whole number', { event: 'ready', id: 'log.1.5e400', data: {} }],
  ])('are not made of %s', (_, event) => {
    expect(liveEventOf(event, [])).toBeUndefined();
  });

  it.each([null, 7, 'x', [], { tags: null }, { tags: { a: 'x', b: {}, c: null } }, { within: 'x', tags: {} }, { within: -1 }])(
    'of %j are of no tag',
    (data) => {
      const event = liveEventOf({ event: 'outdated', id: 'log.7', data }, ['s']);
      expect(event).toEqual({ kind: 'outdated', log: 'log', position: 7, tags: new Map(), within: 0, listening: ['s'] });
    },
  );

  it('are spread over at most a minute', () => {
    expect(liveEventOf({ event: 'outdated', id: 'log.7', data: { within: 1e9 } }, [])?.within).toBe(60_000);
  });

  it('positions of one log are compared by their number; of two logs the first counts', () => {
    expect(positionOf('a.b.12')).toEqual({ log: 'a.b', position: 12 });
    expect(earlier('log.10', 'log.9')).toBe('log.9');
    expect(earlier('log.9', 'log.10')).toBe('log.9');
    expect(earlier('one.10', 'other.9')).toBe('one.10');
    expect([earlier(undefined, 'log.1'), earlier('log.1', undefined), earlier(undefined, undefined)]).toEqual([
      'log.1',
      'log.1',
      undefined,
    ]);
  });
});
