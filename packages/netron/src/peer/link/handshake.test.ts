import { describe, expect, it, vi } from 'vitest';
import { NetronError } from '../../errors/netron-error.js';
import { VirtualClock } from '../../testing/virtual-clock.js';
import type { Connection, ConnectionReceiver } from '../../transport/transport.js';
import { deferred } from '../../util/deferred.js';
import { defaultLimits, helloLimit } from '../../wire/limits.js';
import { BufferPool } from './buffer-pool.js';
import { type Hello, helloReader, Refusal, readHello, sendGoodbye, sendHello } from './greeting.js';
import { acceptHandshake, type HandshakeOptions, startHandshake } from './handshake.js';
import { announcedLimits, longestCarried, partsFeature } from './message-limits.js';

class RecordedConnection implements Connection {
  readonly remoteAddress = 'memory:';
  readonly pending = 0;
  readonly sent: Uint8Array[] = [];
  readonly limits: number[] = [];
  readonly closed: unknown[] = [];
  receiver: ConnectionReceiver | undefined;

  start(receiver: ConnectionReceiver): void {
    this.receiver = receiver;
  }
  send(message: Uint8Array): boolean {
    this.sent.push(message);
    return true;
  }
  limitMessage(bytes: number): void {
    this.limits.push(bytes);
  }
  close(code?: number): void {
    this.closed.push(code);
  }
  pause(): void {}
  resume(): void {}
  terminate(): void {}
}

const announced = announcedLimits({}, defaultLimits);

function setUp() {
  const clock = new VirtualClock();
  const node: HandshakeOptions['node'] = {
    announced,
    buffers: new BufferPool(),
    clock,
    greetings: helloReader(undefined),
    values: undefined,
  };
  return { clock, connection: new RecordedConnection(), options: { node, timeout: 5_000 } };
}

function hello(id: string, features: readonly string[] = []): Hello {
  return {
    id,
    ordinal: 1,
    session: undefined,
    limits: announced,
    features,
    instance: undefined,
    started: undefined,
    metadata: undefined,
    expiresInMs: undefined,
    services: [],
    offers: undefined,
    credentials: undefined,
  };
}

function bytesOf(write: (connection: Connection) => void): Uint8Array {
  const connection = new RecordedConnection();
  write(connection);
  return connection.sent[0] as Uint8Array;
}

const helloBytes = (id: string, features?: readonly string[]): Uint8Array =>
  bytesOf((connection) => sendHello(connection, hello(id, features), { buffers: new BufferPool(), values: undefined }));

/** Returns the id in a hello, or the error in a goodbye. */
function said(bytes: Uint8Array | undefined): string {
  try {
    return readHello(helloReader(undefined), bytes as Uint8Array).id;
  } catch (error) {
    return (error as Refusal).error.code;
  }
}

function receiver() {
  return { message: vi.fn(), drained: vi.fn(), closed: vi.fn() };
}

describe('the end that says hello first', () => {
  it('passes everything after the answer to the receiver that the answer creates, in the same turn', async () => {
    const { clock, connection, options } = setUp();
    const next = receiver();
    const made = vi.fn(() => next);
    const done = startHandshake(connection, hello('a'), options, made);
    expect(connection.sent.map(said)).toEqual(['a']);
    connection.receiver?.message(helloBytes('b'));
    connection.receiver?.message(Uint8Array.of(1));
    connection.receiver?.drained();
    connection.receiver?.closed(undefined);
    await done;
    expect(made).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ id: 'b' }));
    expect(next.message).toHaveBeenCalledExactlyOnceWith(Uint8Array.of(1));
    expect([next.drained.mock.calls.length, next.closed.mock.calls.length]).toEqual([1, 1]);
    await clock.advance(10_000);
    expect([connection.sent.length, connection.closed]).toEqual([1, []]);
  });

  it('fails with the error that the other end sends instead of hello, and answers nothing', async () => {
    const { connection, options } = setUp();
    const done = startHandshake(connection, hello('a'), options, receiver);
    connection.receiver?.message(bytesOf((to) => sendGoodbye(to, new NetronError('unauthenticated', 'who?'))));
    await expect(done).rejects.toMatchObject({ code: 'unauthenticated', message: 'who?' });
    expect([connection.sent.length, connection.closed]).toEqual([1, [1000]]);
  });

  it.each([
    ['without parts', [], false],
    ['with parts', [partsFeature], true],
  ])('takes 64 KiB before the answer, and what was announced behind it: %s', async (_, features, parts) => {
    const { connection, options } = setUp();
    const done = startHandshake(connection, hello('a', [partsFeature]), options, receiver);
    expect(connection.limits).toEqual([helloLimit]);
    connection.receiver?.message(helloBytes('b', features));
    await done;
    expect(connection.limits).toEqual([helloLimit, longestCarried(announced, parts)]);
  });

  it('fails, and tells the other end, when handling the answer throws', async () => {
    const { connection, options } = setUp();
    const done = startHandshake(connection, hello('a'), options, () => {
      throw new NetronError('failed_precondition', 'another node');
    });
    connection.receiver?.message(helloBytes('b'));
    await expect(done).rejects.toMatchObject({ code: 'failed_precondition' });
    expect([connection.sent.map(said), connection.closed]).toEqual([['a', 'failed_precondition'], [1008]]);
  });
});

describe('the end that answers', () => {
  it('says hello when the other end is admitted', async () => {
    const { connection, options } = setUp();
    const next = receiver();
    const done = acceptHandshake(
      connection,
      options,
      () => Promise.resolve(hello('b')),
      () => next,
    );
    expect(connection.sent).toEqual([]);
    connection.receiver?.message(helloBytes('a'));
    await done;
    expect(connection.sent.map(said)).toEqual(['b']);
    connection.receiver?.message(Uint8Array.of(7));
    expect(next.message).toHaveBeenCalledTimes(1);
  });

  it('sends the reason of a refusal', async () => {
    const { connection, options } = setUp();
    const refusal = new NetronError('permission_denied', 'not you');
    const done = acceptHandshake(connection, options, () => Promise.reject(refusal), receiver);
    connection.receiver?.message(helloBytes('a'));
    await expect(done).rejects.toBe(refusal);
    expect([connection.sent.map(said), connection.closed]).toEqual([['permission_denied'], [1008]]);
  });

  it('refuses messages that arrive before the admission', async () => {
    const { connection, options } = setUp();
    const admitted = vi.fn(receiver);
    const admission = deferred<Hello>();
    const done = acceptHandshake(connection, options, () => admission.promise, admitted);
    connection.receiver?.message(helloBytes('a'));
    connection.receiver?.message(Uint8Array.of(1));
    await expect(done).rejects.toMatchObject({ code: 'invalid_argument' });
    admission.resolve(hello('b'));
    await admission.promise;
    expect(admitted).not.toHaveBeenCalled();
    expect(connection.sent.map(said)).toEqual(['invalid_argument']);
  });

  it('sends nothing to an end that has left while it decided', async () => {
    const { connection, options } = setUp();
    const admitted = vi.fn(receiver);
    const admission = deferred<Hello>();
    const done = acceptHandshake(connection, options, () => admission.promise, admitted);
    connection.receiver?.message(helloBytes('a'));
    connection.receiver?.closed(undefined);
    await expect(done).rejects.toMatchObject({ code: 'unavailable' });
    admission.resolve(hello('b'));
    await admission.promise;
    expect([connection.sent.length, admitted.mock.calls.length]).toEqual([0, 0]);
  });
});

describe('a handshake', () => {
  it('ends when no hello comes in time, once', async () => {
    const { clock, connection, options } = setUp();
    const done = acceptHandshake(connection, options, () => Promise.resolve(hello('b')), receiver);
    const failed = expect(done).rejects.toMatchObject({ code: 'deadline_exceeded' });
    await clock.advance(4_999);
    expect(connection.closed).toEqual([]);
    await clock.advance(1);
    await failed;
    connection.receiver?.message(helloBytes('a'));
    connection.receiver?.closed(undefined);
    expect([connection.sent.map(said), connection.closed]).toEqual([['deadline_exceeded'], [1008]]);
  });

  it.each([
    ['no packet', Uint8Array.of(0xff)],
    ['a long one', new Uint8Array(helloLimit + 1)],
  ])('ends with what is no hello: %s', async (_, bytes) => {
    const { clock, connection, options } = setUp();
    const done = acceptHandshake(connection, options, () => Promise.resolve(hello('b')), receiver);
    connection.receiver?.message(bytes);
    await expect(done).rejects.toMatchObject({ code: bytes.length > 1 ? 'resource_exhausted' : 'invalid_argument' });
    await clock.advance(10_000);
    expect([connection.sent.length, connection.closed]).toEqual([1, [1008]]);
  });
});
