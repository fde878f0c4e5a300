/** Looking at values and messages without a peer. */

import { describe, expect, it } from 'vitest';
import { ErrorRegistry } from '../../src/errors/error-registry.js';
import {
  assertSendable,
  createService,
  decodeMessage,
  defineService,
  MemoryNetwork,
  MemoryTransport,
  NetronError,
  NotFoundError,
  ValueTypes,
  WireHandle,
} from '../../src/index.js';
import { writeDoubt, writeError, writeRefusal, writeReturn } from '../../src/wire/packets.js';
import { richWriter } from '../../src/wire/rich-values.js';
import { failure, nodes } from './nodes.js';

describe('assertSendable', () => {
  class Money {
    readonly #cents = 1;
    get cents() {
      return this.#cents;
    }
  }
  const types = new ValueTypes();
  types.register(Money, { encode: ({ cents }) => cents, decode: () => new Money() });

  it('accepts the values that calls accept', () => {
    async function* items() {
      yield 1;
    }
    const service = createService('s', { hello: () => 1 });
    const values = [
      1,
      { a: [new Map([[1, new Date()]])] },
      () => 1,
      items(),
      new Blob(['x']),
      service,
      { service },
      new Error('x'),
    ];
    for (const value of [...values, new ReadableStream()]) assertSendable(value);
    assertSendable([new Money()], { types });
  });

  it('names the path of a value that cannot be sent', async () => {
    expect(await failure(() => assertSendable({ user: { avatar: Symbol('x') } }))).toMatchObject({
      code: 'invalid_argument',
      message: 'value.user.avatar is a symbol',
    });
    expect((await failure(() => assertSendable([Promise.resolve(1)], { name: 'settings' }))).message).toBe(
      'settings[0] is a Promise',
    );
    expect((await failure(() => assertSendable([new Money()]))).message).toContain('value[0] is an instance of Money');
    expect(await failure(() => assertSendable('abc'.repeat(1_000), { limits: { message: 1_024 } }))).toMatchObject({
      code: 'resource_exhausted',
    });
    expect((await failure(() => assertSendable([/x/], { features: [] }))).message).toBe(
      'value[0] is a RegExp, which the receiver does not support',
    );
  });
});

describe('decodeMessage', () => {
  it('shows the packets of a conversation', async () => {
    const seen: Uint8Array[] = [];
    const network = new MemoryNetwork();
    const recording = new MemoryTransport(network);
    const connect = recording.connect.bind(recording);
    recording.connect = async (...args) => {
      const connection = await connect(...args);
      const send = connection.send.bind(connection);
      connection.send = (message) => {
        seen.push(message.slice());
        return send(message);
      };
      return connection;
    };
    const calc = defineService({
      name: 'calc',
      methods: {
        each: async (numbers: number[], told: (n: number) => void) => {
          for (const n of numbers) await told(n);
        },
      },
    });
    await using pair = await nodes({
      services: [calc],
      server: { additionalTransports: [new MemoryTransport(network)] },
      client: { additionalTransports: [recording] },
    });
    const service = await pair.peer.queryInterface<typeof calc>('calc');
    const told: number[] = [];
    await service.each([1, 2], (n) => void told.push(n));
    expect(told).toEqual([1, 2]);
    const packets = seen.flatMap((message) => decodeMessage(message));
    expect(packets[0]).toMatchObject({ kind: 'hello', version: 1, body: { id: 'client' } });
    const call = packets.find((packet) => packet.kind === 'call');
    expect(call?.args[0]).toEqual([1, 2]);
    expect(call?.args[1]).toBeInstanceOf(WireHandle);
    expect(call?.args[1]).toMatchObject({ type: 'reference', content: [expect.any(Number), null] });
    expect(packets.filter(({ kind }) => kind === 'result')).toHaveLength(2);
  });

  it('shows whether a failed call ran, and the return value of a generator', () => {
    const writer = richWriter();
    writer.errors = new ErrorRegistry();
    writeError(writer, 1, new NotFoundError('nothing'));
    writeRefusal(writer, 2, new NotFoundError('nothing'));
    writeReturn(writer, 3, 'last');
    writeDoubt(writer, 4, new NotFoundError('nothing'));
    expect(decodeMessage(writer.buffer.subarray(0, writer.position))).toMatchObject([
      { kind: 'error', id: 1, notRun: false, doubted: false },
      { kind: 'error', id: 2, notRun: true, doubted: false },
      { kind: 'end', stream: 3, value: 'last' },
      { kind: 'error', id: 4, notRun: false, doubted: true },
    ]);
  });

  it('refuses bytes that are not a message', () => {
    for (const hex of ['', '00', '04', '0401c1']) expect(() => decodeMessage(Buffer.from(hex, 'hex'))).toThrow(NetronError);
    expect(decodeMessage(Buffer.from('170501', 'hex'))).toMatchObject([{ kind: 'compressed', length: 5 }]);
    expect(decodeMessage(Buffer.from('3501090204aabb', 'hex'))).toMatchObject([
      { kind: 'part', number: 1, start: { length: 9, first: 2, number: 4 }, bytes: Buffer.from('aabb', 'hex') },
    ]);
    expect(decodeMessage(Buffer.from('1501cc', 'hex'))).toMatchObject([{ kind: 'part', number: 1, start: undefined }]);
  });
});
