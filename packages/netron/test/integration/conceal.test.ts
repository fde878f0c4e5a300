import { describe, expect, it } from 'vitest';
import { defineService, events } from '../../src/index.js';
import { failure, nodes, settled, transports, until } from './nodes.js';
import { TappedTransport } from './wire.js';

const ticker = (version = '1.0.0') =>
  defineService({
    name: 'ticker',
    version,
    methods: {
      version: () => version,
      tick(number: number): void {
        this.emit('tick', number);
      },
    },
    events: events<{ tick: number }>(),
  });
type Ticker = ReturnType<typeof ticker>;

describe.each(transports)('a concealed service over %s', (transport) => {
  it('58: its events stop, and arrive once each when it is exposed again', async () => {
    const service = ticker();
    await using pair = await nodes({ transport, services: [service], server: { allowServiceEvents: true } });
    const { peer, server } = pair;
    const remote = await peer.queryInterface<Ticker>('ticker');
    const heard: number[] = [];
    const off = await remote.on('tick', (number) => void heard.push(number));
    service.tick(1);
    await until(() => heard.length === 1);
    for (let round = 2; round <= 4; round += 1) {
      await server.peer.concealService('ticker');
      expect(pair.back.link?.publisher?.size).toBe(0);
      service.tick(-round);
      await until(() => !peer.hasService('ticker'));
      service.tick(-round);
      await server.peer.exposeService(service);
      await until(() => pair.back.link?.publisher?.size === 1);
      service.tick(round);
      await until(() => heard.length >= round);
    }
    await settled();
    expect(heard).toEqual([1, 2, 3, 4]);
    await off();
    service.tick(5);
    await settled();
    expect(heard).toEqual([1, 2, 3, 4]);
    expect(pair.back.link?.publisher?.size).toBe(0);
  });

  it('58: a subscription continues with the replacing version', async () => {
    const [first, second] = [ticker('1.0.0'), ticker('1.1.0')];
    await using pair = await nodes({ transport, services: [first], server: { allowServiceEvents: true } });
    const remote = await pair.peer.queryInterface<Ticker>('ticker@^1.0.0');
    const heard: number[] = [];
    await remote.on('tick', (number) => void heard.push(number));
    await pair.server.peer.concealService('ticker');
    await pair.server.peer.exposeService(second);
    await until(() => pair.back.link?.publisher?.size === 1);
    first.tick(1);
    second.tick(2);
    await until(() => heard.length > 0);
    await settled();
    expect(heard).toEqual([2]);
  });

  it('58: calls and a subscription go on with one version after another', async () => {
    await using pair = await nodes({ transport, services: [ticker()], server: { allowServiceEvents: true } });
    const { peer } = pair.server;
    const remote = await pair.peer.queryInterface<Ticker>('ticker');
    const heard: number[] = [];
    await remote.on('tick', (number) => void heard.push(number));
    for (const number of [1, 2, 3]) {
      await peer.concealService('ticker');
      await until(() => !pair.peer.hasService('ticker'));
      const next = ticker(`1.${number}.0`);
      await peer.exposeService(next);
      await until(() => pair.peer.hasService('ticker'));
      expect(await remote.version()).toBe(`1.${number}.0`);
      next.tick(number);
      await until(() => heard.length === number);
    }
    expect(heard).toEqual([1, 2, 3]);
  });

  it('58: a subscription ended meanwhile stays ended', async () => {
    const service = ticker();
    await using pair = await nodes({ transport, services: [service], server: { allowServiceEvents: true } });
    const remote = await pair.peer.queryInterface<Ticker>('ticker');
    const heard: number[] = [];
    const off = await remote.on('tick', (number) => void heard.push(number));
    await pair.server.peer.concealService('ticker');
    await until(() => !pair.peer.hasService('ticker'));
    await off();
    await pair.server.peer.exposeService(service);
    await until(() => pair.peer.hasService('ticker'));
    expect(await remote.version()).toBe('1.0.0');
    service.tick(1);
    await settled();
    expect(heard).toEqual([]);
    expect(pair.back.link?.publisher?.size).toBe(0);
  });
});

describe('a service that is concealed while it is queried', () => {
  it.each([
    ['comes back later', 'later'],
    ['is back at once', 'at once'],
  ])('58: and %s: its proxy works although the answer named the concealed one', async (_, when) => {
    const memory = new TappedTransport();
    const service = ticker();
    await using pair = await nodes({
      services: [service],
      server: { transports: { memory: true }, additionalTransports: [memory] },
      client: { additionalTransports: [memory] },
    });
    const { peer, server } = pair;
    const deliver = memory.last.hold();
    const received = memory.last.received;
    const asked = peer.queryInterface<Ticker>('ticker@^1.0.0').catch((error: Error) => error);
    await until(() => memory.last.received > received);
    await server.peer.concealService('ticker');
    if (when === 'at once') await server.peer.exposeService(service);
    await settled();
    deliver();
    const given = await asked;
    if (when === 'later') {
      expect(given).toMatchObject({ code: 'not_found' });
      await server.peer.exposeService(service);
      await until(() => peer.hasService('ticker'));
    }
    const remote = given instanceof Error ? await peer.queryInterface<Ticker>('ticker') : given;
    expect(await remote.version()).toBe('1.0.0');
  });
});

describe('within the process', () => {
  it('58: a concealed service gets no calls and sends no events until it is exposed again', async () => {
    const service = ticker();
    await using pair = await nodes({ services: [service] });
    const { peer } = pair.server;
    const local = await peer.queryInterface<Ticker>('ticker');
    const heard: number[] = [];
    await local.on('tick', (number) => void heard.push(number));
    await peer.concealService('ticker');
    service.tick(1);
    expect(await failure(local.version())).toMatchObject({ code: 'not_found' });
    await peer.exposeService(service);
    service.tick(2);
    await settled();
    expect(heard).toEqual([2]);
    expect(await local.version()).toBe('1.0.0');
  });

  it('46: a stopped node leaves nothing on its service object', async () => {
    const service = ticker();
    const heard: string[] = [];
    for (const name of ['first', 'second']) {
      await using pair = await nodes({ services: [service], server: { allowServiceEvents: true } });
      const local = await pair.server.peer.queryInterface<Ticker>('ticker');
      await local.on('tick', () => void heard.push(`${name}, inside`));
      const remote = await pair.peer.queryInterface<Ticker>('ticker');
      await remote.on('tick', () => void heard.push(`${name}, outside`));
      service.tick(1);
      await until(() => heard.length === 2);
      await pair.server.stop();
      service.tick(2);
      await settled();
      expect(heard.splice(0).sort()).toEqual([`${name}, inside`, `${name}, outside`]);
    }
  });
});
