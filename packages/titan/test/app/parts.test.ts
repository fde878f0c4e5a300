import { setImmediate } from 'node:timers/promises';
import { createToken, defineModule, inject } from '@omnitron-dev/nexus';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import {
  Application,
  ConfigError,
  ConfigModule,
  configSection,
  createApp,
  EventBus,
  Logger,
  LoggerModule,
  Metrics,
  NetronConfigSchema,
  NetronModule,
  TitanError,
} from '../../src/index.js';
import { failure, free, part, silent } from './parts.js';

describe('TI-02, TI-06, TI-07: parts', () => {
  it('the platform can be had at once', async () => {
    const app = createApp({ ...silent, name: 'shop' });
    expect(app.get(ConfigModule)).toBeInstanceOf(ConfigModule);
    expect(app.get(Logger)).toBe(app.get(LoggerModule));
    expect([app.get(EventBus), app.get(Metrics), app.get(NetronModule), app.get(Application)]).toEqual([
      expect.any(EventBus),
      expect.any(Metrics),
      expect.any(NetronModule),
      app,
    ]);
    expect(app.netron).toBeUndefined();
  });
  it('use: modules, modules with options, classes, functions, also asynchronous ones', async () => {
    const URL = createToken<string>('url');
    const Db = {
      forRoot: (url: string) => defineModule({ id: 'db', providers: [{ provide: URL, useValue: url }], exports: [URL] }),
    };
    const log: unknown[] = [];
    class Alone {
      readonly url = inject(URL);
    }
    const app = createApp(silent)
      .use(Db, 'db://')
      .use(Alone)
      .use((app: Application, options: { n: number }) => log.push(app.name, options.n), { n: 1 })
      .use(async (app: Application) => {
        await setImmediate();
        log.push(app.state);
      });
    await app.start();
    expect(app.get(Alone).url).toBe('db://');
    expect(log).toEqual(['app', 1, 'starting']);
    await app.stop();
    // @ts-expect-error a number is no part
    expect(() => createApp(silent).use(5)).toThrow(TitanError);
  });
  it('what is added too late is refused', async () => {
    const app = createApp(silent).use(part('Part', []));
    await app.start();
    expect(() => app.use(part('Late', []))).toThrow('app.use() must be called before the start');
    expect(() => app.service(part('Late', []))).toThrow('app.service() must be called before the start');
    await app.stop();
    app.use(part('In time', []));
  });
  it('providers can be replaced for a test, those of the platform too', async () => {
    const MAIL = createToken<string>('mail');
    class Shop {
      readonly mail = inject(MAIL);
      readonly metrics = inject(Metrics);
    }
    const module = defineModule({ id: 'shop', providers: [Shop, { provide: MAIL, useValue: 'real' }] });
    const metrics = new Metrics();
    const app = await Application.create(module, {
      ...silent,
      override: [
        { provide: MAIL, useValue: 'test' },
        { provide: Metrics, useValue: metrics },
      ],
    });
    await app.start();
    expect([app.get(Shop).mail, app.get(Shop).metrics]).toEqual(['test', metrics]);
    await app.stop();
  });
  it('G28: applications in one process share nothing', async () => {
    const [a, b] = [createApp(silent), createApp(silent)];
    expect(a.get(EventBus)).not.toBe(b.get(EventBus));
    let heard = 0;
    a.get(EventBus).subscribe('x', () => heard++);
    await b.get(EventBus).emit('x');
    expect(heard).toBe(0);
  });
});

describe('TI-01: configuration of an application', () => {
  const DB = configSection('db', z.object({ url: z.string() }));
  class Repo {
    readonly db = inject(DB);
  }
  class Listed {
    static inject = [DB] as const;
    constructor(readonly db: { url: string }) {}
  }
  it('comes from code, then from sources; sections are injected', async () => {
    const app = await Application.create(defineModule({ id: 'm', providers: [Listed, Repo] }), {
      ...silent,
      config: { db: { url: 'code' }, free: { form: 1 } },
      sources: [{ type: 'env', prefix: 'APP_', env: { APP_DB__URL: 'env' } }],
    });
    await app.start();
    expect([app.get(Listed).db, app.get(Repo).db]).toEqual([{ url: 'env' }, { url: 'env' }]);
    expect(app.get(ConfigModule).get('free.form')).toBe(1);
    await app.stop();
  });
  it('all problems of all sections come at once, before anything is created', async () => {
    let created = 0;
    class Eager {
      static inject = [DB] as const;
      constructor(readonly db: { url: string }) {
        created += 1;
      }
    }
    const options = { ...silent, config: { db: { url: 5 }, netron: { port: 'no' } } };
    const error = await failure(Application.create(defineModule({ id: 'm', providers: [Eager] }), options));
    expect(error).toBeInstanceOf(ConfigError);
    expect((error as ConfigError).problems.map(({ key }) => key)).toEqual(['netron.port', 'db.url']);
    expect(created).toBe(0);
  });
  it("a key that is nearly that of a section which is not there is a problem; other keys are the program's own", async () => {
    const module = defineModule({ id: 'm', providers: [Listed] });
    const misspelt = { ...silent, config: { Netron: { port: 0 }, bd: { url: 'x' }, free: 1 } };
    const { problems } = (await failure(Application.create(module, misspelt))) as ConfigError;
    expect(problems).toEqual([
      { key: 'Netron', text: 'is not a known key; did you mean netron?', where: 'code' },
      { key: 'bd', text: 'is not a known key; did you mean db?', where: 'code' },
      { key: 'db.url', text: 'missing', where: '' },
    ]);
    const alone = createApp({ ...silent, config: { netorn: { port: 0 } } });
    expect(((await failure(alone.start())) as ConfigError).problems.map(({ key }) => key)).toEqual(['netorn']);
    // What holds none of its keys is the program's own.
    for (const free of [{ neuron: { mass: 1 } }, { nitro: { preset: 'x' } }, { netorn: 'a non-empty string' }]) {
      const other = createApp({ ...silent, config: free });
      await other.start();
      await other.stop();
    }
    // Beside the section, and as a section of its own, such a key is meant.
    const own = configSection('neutron', z.object({ mass: z.number() }));
    class Physics {
      static inject = [own] as const;
      constructor(readonly given: { mass: number }) {}
    }
    const config = { db: { url: 'x' }, dbs: { more: 'y' }, neutron: { mass: 1 } };
    const app = await Application.create(defineModule({ id: 'm', providers: [Listed, Physics] }), { ...silent, config });
    expect(app.get(Physics).given).toEqual({ mass: 1 });
  });
  it('a file that is changed to a misspelt section leaves what was there', async () => {
    const value: Record<string, unknown> = { netron: { healthPort: false } };
    const config = new ConfigModule();
    await config.load([{ type: 'object', value }], [NetronConfigSchema]);
    await config.check([NetronConfigSchema]);
    value.netorn = value.netron;
    delete value.netron;
    expect(((await failure(config.reload())) as ConfigError).problems.map(({ key }) => key)).toEqual(['netorn']);
    expect(config.has('netron')).toBe(true);
  });
});

describe('EV-09: the event bus', () => {
  it('tells all subscribers and waits for them; a failing one is logged and keeps nobody from it', async () => {
    const lines: { msg: string; event?: string }[] = [];
    const app = createApp({ signals: false, logger: { destination: { write: (line) => lines.push(JSON.parse(line)) } } });
    const events = app.get(EventBus);
    const heard: unknown[] = [];
    events.subscribe('user:*', async (data) => {
      await setImmediate();
      heard.push(data);
    });
    events.on('user:created', () => {
      throw new Error('mail is down');
    });
    await events.emit('user:created', { id: 1 });
    expect(heard).toEqual([{ id: 1 }]);
    expect(lines).toMatchObject([{ msg: 'an event subscriber failed', event: 'user:created', err: { message: 'mail is down' } }]);
    await expect(events.emitParallel('user:created', {})).rejects.toThrow();
    expect(await events.emitReduce('sum', 1, (sum: number, value: number) => sum + value, 5)).toBe(5);
  });
  it('is the bus of the node where there is one; subscriptions go along, and back', async () => {
    const app = createApp({ ...silent, config: free });
    const events = app.get(EventBus);
    const heard: string[] = [];
    const off = events.subscribe('x', (data) => void heard.push(`app ${data}`));
    await app.start();
    app.netron!.subscribe('x', (data) => void heard.push(`node ${data}`));
    await events.emit('x', 1);
    await app.netron!.emitParallel('x', 2);
    await app.stop();
    await events.emit('x', 3);
    off();
    await events.emit('x', 4);
    expect(heard).toEqual(['app 1', 'node 1', 'app 2', 'node 2', 'app 3']);
  });
});

describe('TI-20: metrics', () => {
  it('keep count, sum, least, greatest and last by name; objects are taken apart', () => {
    const metrics = new Metrics();
    for (const value of [3, 1, 2]) metrics.record('device.7.health', value);
    metrics.record('device.7', { battery: 0.5, name: 'x', nested: {} });
    metrics.record('odd', Number.NaN);
    expect(metrics.get('device.7.health')).toEqual({ name: 'device.7.health', count: 3, sum: 6, min: 1, max: 3, last: 2 });
    expect(metrics.snapshot().map(({ name }) => name)).toEqual(['device.7.health', 'device.7.battery']);
    expect(metrics.get('odd')).toBeUndefined();
  });
  it('G97: there are never more series than the limit', () => {
    const metrics = new Metrics({ maxSeries: 2 });
    for (let n = 0; n < 5; n++) metrics.record(`device.${n}`, 1);
    metrics.record('device.0', 1);
    expect([metrics.snapshot().length, metrics.dropped, metrics.get('device.0')?.count]).toEqual([2, 3, 2]);
  });
});
