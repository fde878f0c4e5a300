import { NetronError } from '@omnitron-dev/netron/http/client';
import { describe, expect, it } from 'vitest';
import { TestClock, turns } from '../../test/clock.js';
import { EventConnection } from './event-connection.js';

/**
 * A connection, the positions from which its streams were opened, the events that it reports, and a function that sends events on the latest
 * stream.
 */
function setup() {
  const clock = new TestClock();
  const opened: (string | undefined)[] = [];
  const told: string[] = [];
  let events: ReadableStreamDefaultController<Uint8Array> | undefined;
  const connection = new EventConnection({
    clock,
    onEvent: ({ kind, log, position, listening }) => told.push(`${kind} ${log}.${position} ${listening.join()}`),
    open: (_, cursor) => {
      opened.push(cursor);
      return Promise.resolve(new ReadableStream<Uint8Array>({ start: (controller) => void (events = controller) }).getReader());
    },
  });
  const say = async (event: string, position: number) => {
    events!.enqueue(new TextEncoder().encode(`event: ${event}\nid: log.${position}\ndata: {}\n\n`));
    // A web stream needs turns of its own.
    await new Promise((resolve) => setTimeout(resolve));
    await turns();
  };
  const subscribe = async (cursor: string | undefined, tags = ['a']) => {
    connection.subscribe({ tags, cursor });
    await clock.advance(100);
  };
  return { connection, opened, told, say, subscribe };
}

describe('the stream of events', () => {
  it('is reopened once from an earlier requested position', async () => {
    const { connection, opened, say, subscribe } = setup();
    await subscribe('log.5');
    await subscribe('log.5');
    await say('ready', 5);
    await say('outdated', 8);
    await subscribe('log.9');
    expect(opened).toEqual(['log.5']);
    await subscribe('log.7');
    await subscribe('log.7');
    expect(opened).toEqual(['log.5', 'log.7']);
    await say('ready', 8);
    await subscribe(undefined);
    await subscribe('log.8');
    expect(opened).toEqual(['log.5', 'log.7']);
    connection.close();
  });

  it('continues from its last position with other tags', async () => {
    const { connection, opened, say, subscribe } = setup();
    await subscribe(undefined);
    await say('ready', 5);
    await subscribe(undefined, ['a', 'b']);
    await say('ready', 5);
    await subscribe('log.4', ['a', 'b', 'c']);
    expect(opened).toEqual([undefined, 'log.5', 'log.4']);
    connection.close();
  });

  it('C7: is reopened later than the server asks for, by a random time, so that its clients do not return together', async () => {
    const clock = new TestClock();
    const opened: number[] = [];
    const open = () => {
      opened.push(clock.now());
      return Promise.reject(new NetronError('unavailable', 'restarting', { retryAfterMs: 10_000 }));
    };
    const connection = new EventConnection({ clock, onEvent: () => {}, open });
    connection.subscribe({ tags: ['a'], cursor: undefined });
    await clock.advance(12_000);
    const [first = 0, second = 0] = opened;
    expect(second - first).toBeGreaterThanOrEqual(10_500);
    expect(second - first).toBeLessThanOrEqual(11_000);
    connection.close();
  });

  it('starts from an earlier position that is requested while another stream is being opened', async () => {
    const { connection, opened, say, subscribe } = setup();
    await subscribe('log.5');
    connection.subscribe({ tags: ['a'], cursor: 'log.3' });
    await say('ready', 5);
    await subscribe(undefined);
    expect(opened).toEqual(['log.5', 'log.3']);
    connection.close();
  });

  it('reports its beginning again to a tab with data of another log', async () => {
    const { connection, opened, told, say, subscribe } = setup();
    await subscribe('log.5');
    await subscribe('before.9');
    expect(told).toEqual([]);
    await say('ready', 5);
    await say('outdated', 8);
    await subscribe('log.8');
    await subscribe('before.9');
    expect(told).toEqual(['ready log.5 a', 'outdated log.8 a', 'ready log.8 a']);
    expect(opened).toEqual(['log.5']);
    // Nothing is known yet of another stream that has not begun.
    await subscribe('log.8', ['a', 'b']);
    await subscribe('before.9', ['a', 'b']);
    expect([opened, told.length]).toEqual([['log.5', 'log.8'], 3]);
    await say('ready', 8);
    expect(told.at(-1)).toBe('ready log.8 a,b');
    connection.close();
  });
});
