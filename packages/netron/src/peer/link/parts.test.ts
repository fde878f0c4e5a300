import { describe, expect, it } from 'vitest';
import { fromHex, load } from '../../../test/vectors/notation.js';
import { VirtualClock } from '../../testing/virtual-clock.js';
import { systemScheduler } from '../../util/scheduler.js';
import { Ticker } from '../../util/ticker.js';
import { defaultLimits, maxCut, partSize } from '../../wire/limits.js';
import { kinds, writePart } from '../../wire/packets.js';
import { Reader } from '../../wire/reader.js';
import { Writer } from '../../wire/writer.js';
import { type AssemblingLink, IncomingParts } from './incoming-parts.js';
import { OutgoingParts } from './outgoing-parts.js';
import type { Subject } from './packet-subject.js';
import { ReceiveAccount, ReceiveBudget } from './receive-budget.js';

const subject: Subject = { first: kinds.call, number: 300 };
const bytes = (length: number, value: number) => new Uint8Array(length).fill(value);

/** A connection that has room for `room` messages at a time. */
function connection(room = Infinity) {
  const sent: Uint8Array[] = [];
  return { sent, room, pending: 0, send: (message: Uint8Array) => sent.push(message) % room !== 0 };
}

/** A receiver of parts, and a list of the messages that it has refused. */
function assembling(budget = new ReceiveBudget(2 ** 24), message = 2 ** 20) {
  const clock = new VirtualClock();
  const refused: [Subject, string][] = [];
  const link: AssemblingLink = {
    node: { reader: new Reader(defaultLimits), limits: { message }, beats: new Ticker(clock, 1_000) },
    account: new ReceiveAccount(budget),
  };
  return { clock, refused, link, parts: new IncomingParts(link, (of, { code }) => refused.push([of, code])) };
}

function part(id: number, payload: Uint8Array, start?: { length: number } & Partial<Subject>): Uint8Array {
  const writer = new Writer(payload.length + 64);
  writePart(writer, id, start && { ...subject, ...start }, payload);
  return writer.buffer.slice(0, writer.position);
}

describe('what is sent', () => {
  it('arrives unchanged, with parts of several messages interleaved', () => {
    const { sent, send } = connection();
    const parts = new OutgoingParts({ pending: 0, send }, systemScheduler, () => {});
    parts.add(bytes(partSize * 3 + 5, 1), subject, true);
    parts.add(bytes(partSize * 2, 2), { first: kinds.result, number: 1 }, true);
    expect([parts.bytes, parts.excess, parts.sending]).toEqual([partSize * 5 + 5, partSize * 2, true]);
    parts.flush();
    expect([parts.bytes, parts.sending]).toEqual([0, false]);
    const { link, parts: incoming } = assembling();
    const whole = sent.map((message) => incoming.receive(message));
    expect(whole.map((message) => message?.length)).toEqual([
      undefined,
      undefined,
      undefined,
      partSize * 2,
      undefined,
      partSize * 3 + 5,
    ]);
    expect([whole[3]?.every((byte) => byte === 2), whole[5]?.every((byte) => byte === 1)]).toEqual([true, true]);
    expect(link.account.held).toBe(0);
  });

  it('continues when the connection has room, by at least one part each time', () => {
    const { sent, send } = connection(1);
    const parts = new OutgoingParts({ pending: 0, send }, systemScheduler, () => {});
    expect(parts.add(bytes(partSize * 3, 1), subject, false)).toBe(false);
    expect(sent).toHaveLength(1);
    expect(parts.pump()).toBe(false);
    parts.pump();
    expect([sent.length, parts.sending]).toEqual([3, false]);
  });

  it('16 messages at a time, others after them', () => {
    const { sent, send } = connection();
    const parts = new OutgoingParts({ pending: 0, send }, systemScheduler, () => {});
    for (let count = 0; count < maxCut + 2; count += 1) parts.add(bytes(partSize + 1, count), subject, true);
    expect(parts.crowded).toBe(true);
    parts.flush();
    const firsts = sent.map((message) => ((message[0] as number) & 0x20) !== 0);
    expect(firsts.slice(0, maxCut)).toEqual(new Array(maxCut).fill(true));
    expect(firsts.indexOf(true, maxCut)).toBeGreaterThan(maxCut);
  });

  it('dependent actions wait for the messages before them, not for later ones', () => {
    const parts = new OutgoingParts(connection(1), systemScheduler, () => {});
    const did: string[] = [];
    parts.behind(() => did.push('at once'));
    parts.add(bytes(partSize * 2, 1), subject, true);
    parts.behind(() => did.push('behind the first'));
    parts.add(bytes(partSize * 5, 1), subject, true);
    parts.behind(() => did.push('behind both'));
    for (let sent = 0; sent < 3; sent += 1) parts.pump();
    expect(did).toEqual(['at once', 'behind the first']);
    parts.flush();
    expect(did).toEqual(['at once', 'behind the first', 'behind both']);
  });
});

describe('what is received', () => {
  it('takes memory for received bytes, not for the announced length', () => {
    const { link, parts } = assembling();
    for (let id = 1; id <= maxCut; id += 1) parts.receive(part(id, bytes(10, 1), { length: 2 ** 20 }));
    expect(link.account.held).toBe(maxCut * 128 * 1024);
    parts.close();
  });

  it('without memory its subject is refused once, the rest is skipped, and other messages continue', () => {
    const budget = new ReceiveBudget(64 * 1024);
    const { link, parts, refused } = assembling(budget);
    expect(parts.receive(part(1, bytes(1_000, 1), { length: 131_072 }))).toBeUndefined();
    expect(parts.receive(part(2, bytes(1_000, 2), { length: 1_100 }))).toBeUndefined();
    expect(refused).toEqual([[subject, 'resource_exhausted']]);
    expect(parts.receive(part(2, bytes(100, 2)))).toBeUndefined();
    expect(parts.receive(part(1, bytes(100_000, 1)))).toBeUndefined();
    expect(parts.receive(part(1, bytes(30_072, 1)))?.length).toBe(131_072);
    expect([refused.length, link.account.held, budget.used]).toEqual([1, 0, 0]);
    expect(parts.receive(part(2, bytes(100, 3), { length: 100 }))?.length).toBe(100);
  });

  it('is given up when no part arrives for 30 s', async () => {
    const { clock, link, parts, refused } = assembling();
    parts.receive(part(1, bytes(1_000, 1), { length: 200_000 }));
    await clock.advance(29_000);
    expect(refused).toEqual([]);
    parts.receive(part(1, bytes(1_000, 1)));
    await clock.advance(29_000);
    expect(refused).toEqual([]);
    await clock.advance(3_000);
    expect([refused, link.account.held]).toEqual([[[subject, 'deadline_exceeded']], 0]);
    expect(parts.receive(part(1, bytes(198_000, 1)))).toBeUndefined();
  });

  it.each([
    ['a part of nothing that has begun', part(1, bytes(1, 1)), 'invalid_argument'],
    ['no bytes', part(2, bytes(0, 1), { length: 5 }), 'invalid_argument'],
    ['more bytes than announced', part(2, bytes(6, 1), { length: 5 }), 'invalid_argument'],
    ['a message of no bytes', part(2, bytes(1, 1), { length: 0 }), 'invalid_argument'],
    ['a flag that is not known', Uint8Array.of(0x80 | kinds.part, 1, 1), 'invalid_argument'],
    ['a message that is too long', part(2, bytes(1, 1), { length: 2 ** 20 + 1 }), 'resource_exhausted'],
    ['a beginning that ends', Uint8Array.of(0x20 | kinds.part, 2, 9), 'invalid_argument'],
  ])('refuses %s', (_what, message, code) => {
    const { parts } = assembling();
    expect(() => parts.receive(message)).toThrow(expect.objectContaining({ code }));
  });

  it('refuses a number in use, and more than 16 at a time', () => {
    const { parts } = assembling();
    for (let id = 1; id <= maxCut; id += 1) parts.receive(part(id, bytes(1, 1), { length: 10 }));
    expect(() => parts.receive(part(3, bytes(1, 1), { length: 10 }))).toThrow(/starts a message twice/);
    expect(() => parts.receive(part(99, bytes(1, 1), { length: 10 }))).toThrow(/more than 16/);
  });
});

interface Vectors {
  readonly accepted: readonly {
    readonly description: string;
    readonly messages: readonly string[];
    readonly whole: readonly string[];
  }[];
  readonly rejected: readonly { readonly description: string; readonly messages: readonly string[]; readonly code: string }[];
}

const vectors = load<Vectors>('parts');

describe('vectors', () => {
  it.each(vectors.accepted)('reads: $description', ({ messages, whole }) => {
    const { parts } = assembling();
    const complete = messages.map((message) => parts.receive(fromHex(message))).filter((message) => message !== undefined);
    expect(complete.map((message) => Buffer.from(message).toString('hex'))).toEqual(whole);
  });

  it.each(vectors.rejected)('refuses: $description', ({ messages, code }) => {
    const { parts } = assembling(undefined, defaultLimits.message);
    const bytesOf = messages.map((message) => fromHex(message));
    for (const message of bytesOf.slice(0, -1)) parts.receive(message);
    expect(() => parts.receive(bytesOf.at(-1) as Uint8Array)).toThrow(expect.objectContaining({ code }));
  });
});
