import { describe, expect, it } from 'vitest';
import { VirtualClock } from '../testing/virtual-clock.js';
import { checkedDials, checkedTransports, listenInTime } from './checked-transport.js';
import { MemoryTransport } from './memory.js';
import type { Transport } from './transport.js';

const supports = { streaming: true, bidirectional: true, binary: true, reconnection: true };

/** A transport with this `connect`. */
const transport = (connect: () => unknown): Transport =>
  ({ name: 'own', schemes: ['own'], supports, connect, listen: () => Promise.reject(new Error('no')) }) as unknown as Transport;

describe('additional transports', () => {
  it('are taken as they are', () => {
    const given = [new MemoryTransport(), transport(() => undefined)];
    expect([checkedTransports(given), checkedTransports(undefined)]).toEqual([given, []]);
  });

  it.each([
    [{}, 'additionalTransports must be an array, not an object'],
    [['tcp'], 'additionalTransports must contain transports such as new TcpTransport(), not a string'],
    [[{}], 'the name of a transport must be a non-empty string, not undefined'],
    [[{ name: 'own' }], "transport 'own': schemes must be an array of URL schemes without the colon"],
    [[{ name: 'own', schemes: ['own:'] }], "transport 'own': schemes must be an array of URL schemes without the colon"],
    [[{ name: 'own', schemes: ['own'] }], "transport 'own': supports must be an object"],
    [[{ name: 'own', schemes: ['own'], supports, connect() {} }], "transport 'own' must have the functions connect and listen"],
  ])('are refused: %j', (given, message) => {
    expect(() => checkedTransports(given)).toThrow(TypeError);
    expect(() => checkedTransports(given)).toThrow(message);
  });
});

describe('connecting over a transport of the program', () => {
  it.each([
    [undefined, 'undefined'],
    ['a line', 'a string'],
    [{ send() {} }, 'an object'],
  ])('fails when %j is no connection', async (made, what) => {
    const clock = new VirtualClock();
    const connecting = checkedDials(transport(async () => made)).connect('own:a', { clock, timeout: 100 });
    await expect(connecting).rejects.toMatchObject({
      code: 'internal',
      message: `transport 'own': connect must return a connection, not ${what}`,
    });
    expect(clock.size).toBe(0);
  });

  it('fails when it does not answer in time; a late connection is cut', async () => {
    const clock = new VirtualClock();
    let come = (_connection: unknown): void => {};
    const own = transport(() => new Promise((resolve) => void (come = resolve)));
    const connecting = checkedDials(own).connect('own:a', { clock, timeout: 100 });
    await expect(clock.settle(connecting)).rejects.toMatchObject({
      code: 'deadline_exceeded',
      message: "transport 'own' did not connect within 100 ms",
    });
    const cut = new Promise<void>((resolve) => come({ terminate: resolve }));
    await cut;
    expect(clock.size).toBe(0);
  });

  it('fails with the error of the transport', async () => {
    const refused = new Error('refused');
    const own = checkedDials(transport(() => Promise.reject(refused)));
    await expect(own.connect('own:a', { clock: new VirtualClock(), timeout: 100 })).rejects.toBe(refused);
  });
});

describe('listening by a transport of the program', () => {
  const listening = (listen: () => unknown): Transport => ({ ...transport(() => undefined), listen }) as unknown as Transport;
  const server = { address: 'own:a', accept() {}, close: async () => {} };

  it('returns its server', async () => {
    const clock = new VirtualClock();
    expect(
      await listenInTime(
        listening(async () => server),
        clock,
        'a',
        {},
      ),
    ).toBe(server);
    expect(clock.size).toBe(0);
  });

  it.each([
    [undefined, 'undefined'],
    [{ ...server, address: 7 }, 'an object'],
    [{ ...server, close: undefined }, 'an object'],
  ])('fails when %j is no server', async (made, what) => {
    await expect(
      listenInTime(
        listening(async () => made),
        new VirtualClock(),
        'a',
        {},
      ),
    ).rejects.toMatchObject({
      code: 'internal',
      message: `transport 'own': listen must return a server, not ${what}`,
    });
  });

  it('fails when it does not start in time; a late server is closed', async () => {
    const clock = new VirtualClock();
    let come = (_server: unknown): void => {};
    const opening = listenInTime(
      listening(() => new Promise((resolve) => void (come = resolve))),
      clock,
      'a',
      {},
    );
    await expect(clock.settle(opening)).rejects.toMatchObject({
      code: 'deadline_exceeded',
      message: "transport 'own' did not listen within 10000 ms",
    });
    await new Promise<void>((resolve) => come({ close: resolve }));
    expect(clock.size).toBe(0);
  });
});
