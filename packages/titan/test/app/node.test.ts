import { Netron, Public, Service } from '@omnitron-dev/netron';
import { defineModule } from '@omnitron-dev/nexus';
import { describe, expect, it } from 'vitest';
import { Application, ConfigModule, createApp, NETRON_TOKEN, NetronModule, TitanError } from '../../src/index.js';
import { failure, free, part, silent } from './parts.js';

@Service('calculator@1.0.0')
class Calculator {
  @Public()
  add(a: number, b: number) {
    return a + b;
  }
}

describe('TI-04, TI-05, TI-11: the node', () => {
  it('is there when the configuration has a section netron, which is used (G89)', async () => {
    const app = await Application.create(defineModule({ id: 'm' }), {
      ...silent,
      config: { netron: { id: 'my-node', ...free.netron } },
    });
    await app.start();
    expect(app.netron?.id).toBe('my-node');
    expect(app.netron?.listenPort).toBeGreaterThan(0);
    await app.stop();
    expect(app.get(NetronModule).netron).toBeUndefined();
  });
  it('is refused with its own sentence as a wrong configuration, wherever its options come from', async () => {
    const options = { limits: { mesage: 5 } } as never;
    for (const given of [{ config: { netron: { ...free.netron, ...(options as object) } } }, { config: free, netron: options }]) {
      const error = await failure(createApp({ ...silent, ...given }).start());
      expect(TitanError.is(error) && error.code).toBe('invalid_config');
      expect((error as Error).message).toMatch(/^netron: limits: unknown option 'mesage'/);
    }
  });
  it('is not there when nobody asks', async () => {
    const app = createApp(silent);
    await app.start();
    expect(app.netron).toBeUndefined();
    await app.stop();
  });
  it('is there before the start when it is asked for, and does not listen yet', async () => {
    const app = await Application.create(defineModule({ id: 'm' }), {
      ...silent,
      config: { netron: { id: 'early', port: 0, healthPort: false } },
    });
    const { netron } = app;
    expect([netron?.id, netron?.state, netron?.addresses]).toEqual(['early', 'idle', []]);
    await app.start();
    expect([app.netron === netron, netron?.addresses.length]).toEqual([true, 1]);
    await app.stop();
    expect(netron?.state).toBe('stopped');
  });
  it('serves classes, which the container creates, and objects, and is there for modules', async () => {
    const seen: Netron[] = [];
    class Uses {
      static inject = [NETRON_TOKEN] as const;
      constructor(readonly netron: Netron) {
        seen.push(netron);
      }
    }
    const app = createApp({ ...silent, config: free })
      .service(Calculator)
      .use(Uses);
    await app.start();
    const client = await Netron.create({ logLevel: 'silent' });
    const peer = await client.connect(`ws://127.0.0.1:${app.netron!.listenPort}`);
    const calculator = await peer.queryInterface<{ add(a: number, b: number): number }>('calculator@1.0.0');
    expect(await calculator.add(2, 3)).toBe(5);
    expect(seen).toEqual([app.netron]);
    await app.stop();
    await client.stop();
  });
  it('lets calls under way end before modules stop', async () => {
    const log: string[] = [];
    let entered = () => {};
    const inside = new Promise<void>((resolve) => {
      entered = resolve;
    });
    let leave = () => {};
    const gate = new Promise<void>((resolve) => {
      leave = resolve;
    });
    @Service('slow@1.0.0')
    class Slow {
      @Public()
      async work() {
        entered();
        await gate;
        log.push('call ended');
        return 'done';
      }
    }
    const app = createApp({ ...silent, config: free })
      .service(new Slow())
      .use(part('Db', log));
    await app.start();
    const client = await Netron.create({ logLevel: 'silent' });
    const peer = await client.connect(`ws://127.0.0.1:${app.netron!.listenPort}`);
    const slow = await peer.queryInterface<{ work(): string }>('slow');
    const call = slow.work();
    await inside;
    const node = app.netron!;
    const stopping = app.stop();
    expect([app.state, node.state]).toEqual(['stopping', 'draining']);
    leave();
    await stopping;
    expect(await call).toBe('done');
    expect(log.filter((line) => line === 'call ended' || line === 'Db onStop')).toEqual(['call ended', 'Db onStop']);
    await client.stop();
  });
  it('a port that is taken fails the start with the error of the listener, and everything stops', async () => {
    const log: string[] = [];
    const other = await Netron.create({ port: 0, logLevel: 'silent' });
    const app = createApp({ ...silent, config: { netron: { port: other.listenPort, healthPort: false } } }).use(
      part('Part', log),
    );
    const error = await failure(app.start());
    expect(TitanError.is(error)).toBe(false);
    expect(error.message).toContain(String(other.listenPort));
    expect(app.state).toBe('idle');
    await other.stop();
  });
  it('listening beyond this machine without authentication has to be meant', async () => {
    const config = { netron: { transports: { tcp: { port: 0, host: '0.0.0.0' } }, healthPort: false } };
    const error = await failure(createApp({ ...silent, config }).start());
    expect(error.message).toBe(
      'tcp on 0.0.0.0 can be reached from other machines without authentication; set security.authentication, or public: true',
    );
    for (const options of [{ public: true }, { netron: { authenticate: () => ({}) } }]) {
      const app = createApp({ ...silent, config, ...options });
      await app.start();
      await app.stop();
    }
  });
  it('TI-14, TI-16: NetronModule starts with parts of the configuration, before the application', async () => {
    const app = createApp(silent);
    const config = app.get(ConfigModule);
    await config.load([{ type: 'object', value: { netron: { transports: { tcp: { port: 0 } }, healthPort: false } } }]);
    const netron = app.get(NetronModule);
    await netron.start({ transports: config.get('netron.transports') });
    expect(netron.netron?.addresses).toEqual([expect.stringMatching(/^tcp:/)]);
    await app.start();
    expect(app.netron).toBe(netron.netron);
    await app.stop();
  });
});
