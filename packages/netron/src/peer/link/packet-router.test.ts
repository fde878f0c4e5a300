import { describe, expect, it } from 'vitest';
import { RecordedOutbox } from '../../../test/recorded-outbox.js';
import { NetronError } from '../../errors/netron-error.js';
import { kinds } from '../../wire/packets.js';
import { Received } from '../../wire/received.js';
import { PacketRouter, type RoutedLink } from './packet-router.js';

/** Methods that note their name and arguments. */
function noting(log: unknown[][], part: string, answers: Record<string, unknown> = {}): never {
  return new Proxy(
    {},
    {
      get:
        (_target, method: string) =>
        (...args: unknown[]) => {
          log.push([`${part}.${method}`, ...args]);
          return answers[method];
        },
    },
  ) as never;
}

/** A router, the calls of its link's parts, and its outbox. */
function router({ pingsLeft = Infinity, callee = undefined as number | undefined } = {}) {
  const log: unknown[][] = [];
  const recorded = new RecordedOutbox();
  let left = pingsLeft;
  const link: RoutedLink = {
    calls: noting(log, 'calls', { result: callee }),
    incoming: noting(log, 'incoming'),
    outgoingStreams: noting(log, 'outgoingStreams'),
    incomingStreams: noting(log, 'incomingStreams'),
    exports: noting(log, 'exports'),
    subscriptions: noting(log, 'subscriptions'),
    heartbeat: { mayAnswer: () => left-- > 0, pong: (number) => void log.push(['heartbeat.pong', number]) },
    outbox: recorded.outbox,
    announce: (...args) => void log.push(['announce', ...args]),
    servicesChanged: (...args) => void log.push(['servicesChanged', ...args]),
    acknowledged: undefined,
    goodbye: (...args) => void log.push(['goodbye', ...args]),
    reportError: (error) => void log.push(['reportError', error]),
  };
  return { log, recorded, router: new PacketRouter(link) };
}

const failure = new NetronError('not_found', 'the reference was released');

/** Received parts of a packet of which a value cannot be had. */
function failed(): Received {
  return Object.assign(new Received(), { failure });
}

/** Received parts of a packet that names the result of a call under way. */
function naming(): Received {
  return Object.assign(new Received(), { awaited: [{}] });
}

/** Received parts of a packet that holds one reference, and what has become of it. */
function holding() {
  const became: unknown[] = [];
  const received = new Received();
  received.add({ transfer: (parent) => became.push(['transferred', parent]), [Symbol.dispose]: () => became.push('disposed') });
  return { received, became };
}

describe('a packet router', () => {
  it('passes each packet to the part for its kind', () => {
    const { log, router: sink } = router();
    sink.call(1, 2, 3, 0x80, { timeoutMs: 5 }, ['a'], undefined);
    sink.pipe(2, 1, ['x'], 0, undefined, undefined, undefined);
    sink.cancel(3);
    sink.drop(4);
    sink.item(5, 'b', 9, undefined);
    sink.bytes(5, new Uint8Array(4));
    sink.raw(5, 10);
    sink.end(5, 'c');
    sink.fail(6, failure);
    sink.credit(7, 100);
    sink.stop(7);
    sink.event(8, 'tick', 1, undefined);
    sink.release(9, 2);
    sink.pong(10);
    sink.services(['a@1.0.0'], []);
    sink.goodbye('unavailable', 'stopping', 50);
    expect(log).toEqual([
      ['incoming.call', 1, 2, 3, 0x80, { timeoutMs: 5 }, ['a'], undefined],
      ['incoming.pipe', 2, 1, ['x'], 0, undefined, undefined, undefined],
      ['incoming.cancel', 3],
      ['incoming.drop', 4],
      ['incomingStreams.item', 5, 'b', 9, undefined],
      ['incomingStreams.item', 5, new Uint8Array(4), 4],
      ['announce', 5, 10],
      ['incomingStreams.end', 5, 'c', undefined],
      ['incomingStreams.fail', 6, failure],
      ['outgoingStreams.credit', 7, 100],
      ['outgoingStreams.stop', 7],
      ['subscriptions.event', 8, 'tick', 1],
      ['exports.release', 9, 2],
      ['heartbeat.pong', 10],
      ['servicesChanged', ['a@1.0.0'], []],
      ['goodbye', 'unavailable', 'stopping', 50],
    ]);
  });

  it('refuses a second hello', () => {
    expect(() => router().router.hello()).toThrow(expect.objectContaining({ code: 'invalid_argument' }));
  });

  it('fails the subject of a packet with a refused value and passes none of it on', () => {
    const { log, router: sink } = router();
    sink.call(1, 2, 3, 0x40, undefined, [], failed());
    sink.pipe(2, 1, ['x'], 0x40, undefined, [], failed());
    sink.result(3, 'a', failed());
    sink.item(4, 'b', 9, failed());
    sink.end(5, 'c', failed());
    sink.event(6, undefined, 1, failed());
    expect(log).toEqual([
      ['incoming.refuse', 1, 0x40, failure],
      ['incoming.refuse', 2, 0x40, failure],
      ['calls.error', 3, failure, 'ran'],
      ['incomingStreams.abort', 4, failure],
      ['incomingStreams.fail', 5, failure],
      ['reportError', failure],
    ]);
  });

  it('accepts results of unanswered calls in arguments only', () => {
    const { log, router: sink } = router();
    sink.call(1, 2, 3, 0, undefined, [], naming());
    sink.result(3, 'a', naming());
    sink.item(4, 'b', 9, naming());
    sink.event(6, undefined, 1, naming());
    const refused = expect.objectContaining({ code: 'invalid_argument' }) as unknown;
    expect(log).toEqual([
      ['incoming.call', 1, 2, 3, 0, undefined, [], expect.any(Received)],
      ['calls.error', 3, refused, 'ran'],
      ['incomingStreams.abort', 4, refused],
      ['reportError', refused],
    ]);
  });

  it('transfers references of a result to the program as children of the called object', () => {
    const { received, became } = holding();
    router({ callee: 7 }).router.result(1, 'a', received);
    received.release();
    expect(became).toEqual([['transferred', 7]]);
  });

  it('does not transfer references of a result that no call waits for', () => {
    const { received, became } = holding();
    router().router.result(1, 'a', received);
    received.release();
    expect(became).toEqual(['disposed']);
  });

  it('reports whether a failed call ran, if the other end tells', () => {
    const { log, router: sink, recorded } = router();
    sink.error(1, failure, true);
    sink.error(2, failure);
    recorded.outbox.writer.features = 0;
    sink.error(3, failure);
    expect(log.map(([, id, , outcome]) => [id, outcome])).toEqual([
      [1, 'not_run'],
      [2, 'ran'],
      [3, 'unknown'],
    ]);
  });

  it('answers pings and packets of later versions', () => {
    const { router: sink, recorded } = router();
    sink.ping(5);
    sink.unknown(28);
    recorded.endTurn();
    expect([...(recorded.messages[0] ?? [])]).toEqual([kinds.pong, 5, kinds.unknown, 1, 28]);
  });

  it('refuses pings above the limit of the heartbeat', () => {
    const { router: sink, recorded } = router({ pingsLeft: 1 });
    sink.ping(1);
    expect(() => sink.ping(2)).toThrow(expect.objectContaining({ code: 'resource_exhausted' }));
    expect(recorded.packets()).toHaveLength(1);
  });
});
