import { describe, expect, it } from 'vitest';
import { defineService, Netron, withOptions } from '../../src/index.js';
import { failure, nodes, quiet, until } from './nodes.js';

const greeter = (version = '1.0.0') =>
  defineService({ name: 'greeter', version, methods: { greet: () => version }, properties: { polite: true } });
type Greeter = ReturnType<typeof greeter>;

describe('interfaces', () => {
  it('55: a query after the last release gives a working proxy, also during the release', async () => {
    await using pair = await nodes({ services: [greeter()] });
    const first = await pair.peer.queryInterface<Greeter>('greeter');
    const asked = pair.peer.queryInterface<Greeter>('greeter');
    first[Symbol.dispose]();
    expect(await (await asked).greet()).toBe('1.0.0');
    for (let round = 0; round < 3; round += 1) {
      const again = await pair.peer.queryInterface<Greeter>('greeter@1');
      expect(await again.greet()).toBe('1.0.0');
      again[Symbol.dispose]();
    }
  });

  it('58: a proxy continues when its service is concealed and exposed again', async () => {
    const service = greeter();
    await using pair = await nodes({ services: [service] });
    const remote = await pair.peer.queryInterface<Greeter>('greeter');
    await pair.server.peer.concealService('greeter');
    await until(() => !pair.peer.hasService('greeter'));
    expect(await failure(remote.greet())).toMatchObject({ code: 'not_found' });
    await pair.server.peer.exposeService(service);
    await until(() => pair.peer.hasService('greeter'));
    expect(await remote.greet()).toBe('1.0.0');
  });

  it('54: calls by name leave nothing behind when versions change', async () => {
    await using pair = await nodes({ services: [greeter()] });
    for (let patch = 1; patch <= 20; patch += 1) {
      await pair.server.peer.exposeService(greeter(`1.0.${patch}`));
      await until(() => pair.peer.hasService(`greeter@1.0.${patch}`));
      expect(await pair.peer.call('greeter', 'greet')).toBe(`1.0.${patch}`);
      await pair.server.peer.concealService(`greeter@1.0.${patch}`);
      await until(() => !pair.peer.hasService(`greeter@1.0.${patch}`));
    }
    const [guest] = [...pair.server.peers.values()];
    await until(() => (guest?.link?.exports.size ?? 0) <= 2);
  });

  it('NC-12: netron.call reads a property of an own service', async () => {
    await using node = await Netron.create({ logger: quiet });
    await node.peer.exposeService(greeter());
    expect(await node.call('greeter', 'polite')).toBe(true);
  });
});

describe('programming mistakes', () => {
  it('invalid call options are refused at once, and the connection stays open', async () => {
    await using pair = await nodes({ services: [greeter()] });
    const remote = await pair.peer.queryInterface<Greeter>('greeter');
    for (const options of [
      { timeout: Number.NaN },
      { timeout: '30' },
      { headers: { a: 1 } },
      { idempotencyKey: 5 },
      { trace: { traceparent: 5 } },
    ]) {
      expect(() => withOptions(remote, options as never)).toThrow(TypeError);
      expect(await failure(pair.peer.call('greeter', 'greet', [], options as never))).toBeInstanceOf(TypeError);
    }
    expect(await remote.greet()).toBe('1.0.0');
  });

  it('invalid node options are refused on creation', async () => {
    for (const options of [{ requestTimeout: -1 }, { requestTimeout: Number.NaN }, { id: '' }, { id: 'x'.repeat(129) }]) {
      await expect(Netron.create(options)).rejects.toThrow(RangeError);
    }
  });

  it.each([
    'requestTimeout',
    'taskTimeout',
    'streamTimeout',
    'heartbeatInterval',
    'eventTimeout',
    'stopTimeout',
    'reconnectDelay',
  ])('an error about the number of an option names the option: %s', async (name) => {
    const refused = new RangeError(`${name} must be a non-negative number, not -5`);
    await expect(Netron.create({ logger: quiet, [name]: -5 })).rejects.toThrow(refused);
  });

  it('a stopped node exposes nothing', async () => {
    const node = await Netron.create({ logger: quiet });
    await node.stop();
    expect(await failure(node.peer.exposeService(greeter()))).toMatchObject({ code: 'failed_precondition' });
  });
});

describe('strange results', () => {
  it('NC-34: a source that is no iterator, and a result with a throwing then, fail their own call only', async () => {
    const service = defineService({
      name: 'strange@1.0.0',
      methods: {
        strict: () =>
          new Proxy({} as Record<string, number>, {
            get(_target, name) {
              throw new Error(`no ${String(name)}`);
            },
          }),
        steps: () => ({ [Symbol.asyncIterator]: () => ({ next: async () => undefined }) }) as unknown as AsyncIterable<number>,
        fine: () => 1,
      },
    });
    await using pair = await nodes({ services: [service] });
    const remote = await pair.peer.queryInterface<typeof service>('strange');
    expect(await failure(remote.strict() as Promise<unknown>)).toBeInstanceOf(Error);
    const read = async (): Promise<void> => {
      for await (const _ of remote.steps());
    };
    expect(await failure(read())).toBeInstanceOf(Error);
    expect(await remote.fine()).toBe(1);
  });
});
