import { setImmediate } from 'node:timers/promises';
import { Netron, Public, Service } from '@omnitron-dev/netron';
import { createToken, defineModule, inject, NexusError } from '@omnitron-dev/nexus';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import {
  Application,
  type AppOptions,
  ConfigError,
  ConfigModule,
  configSection,
  createApp,
  defineTitanService,
  EventBus,
  type HealthCheck,
  Logger,
  LoggerModule,
  Metrics,
  type Module,
  NETRON_TOKEN,
  NetronModule,
  TitanError,
  TitanService,
} from '../../src/index.js';

const silent: AppOptions = { signals: false, logger: { level: 'silent' } };
/** Listens on a free port of this machine, without a health port. */
const free = { netron: { port: 0, healthPort: false } };

/** A module class that writes to a log what is asked of it. */
function part(name: string, log: string[], hooks: Partial<Record<keyof Module, () => unknown>> = {}) {
  const said = (hook: keyof Module) => () => {
    log.push(`${name} ${hook}`);
    return hooks[hook]?.();
  };
  const type = class implements Module {
    onStart = said('onStart');
    onReady = said('onReady');
    onStop = said('onStop');
    [Symbol.dispose]() {
      log.push(`${name} disposed`);
    }
  };
  Object.defineProperty(type, 'name', { value: name });
  return type;
}

async function failure(action: Promise<unknown>): Promise<Error> {
  return action.then(
    () => expect.unreachable('it did not fail'),
    (error: Error) => error,
  );
}

describe('TI-03, TI-12, TI-13: start and stop', () => {
  it('go through all modules, in the order of creation and back', async () => {
    const log: string[] = [];
    const Cache = part('Cache', log);
    const Store = part('Store', log);
    class Repo {
      static inject = [Store, Cache] as const;
      constructor(
        readonly store: object,
        readonly cache: object,
      ) {}
      onStart(app: Application) {
        log.push(`Repo onStart in ${app.name}, ${app.state}`);
      }
    }
    const app = createApp({ ...silent, name: 'shop' }).use(defineModule({ id: 'm', providers: [Cache, Repo, Store] }));
    expect(app.state).toBe('idle');
    expect(await app.start()).toBe(app);
    expect(app.state).toBe('ready');
    await app.stop();
    expect(app.state).toBe('idle');
    expect(log).toEqual([
      'Cache onStart',
      'Store onStart',
      'Repo onStart in shop, starting',
      'Cache onReady',
      'Store onReady',
      'Store onStop',
      'Cache onStop',
      'Store disposed',
      'Cache disposed',
    ]);
  });
  it('wait for each hook, and start what comes along on the way', async () => {
    const log: string[] = [];
    const Late = part('Late', log);
    const LATE = createToken<Module>('late', { factory: () => new Late() });
    class Slow {
      async onStart(app: Application) {
        await setImmediate();
        log.push('Slow');
        app.get(LATE);
      }
    }
    const app = createApp(silent).use(Slow).use(part('Next', log));
    await app.start();
    await app.stop();
    expect(log.filter((line) => !/Ready|disposed/.test(line))).toEqual([
      'Slow',
      'Next onStart',
      'Late onStart',
      'Late onStop',
      'Next onStop',
    ]);
  });
  it('are one each, however often they are asked for', async () => {
    const log: string[] = [];
    const app = createApp(silent).use(part('Only', log));
    await Promise.all([app.start(), app.start()]);
    await app.start();
    await Promise.all([app.stop(), app.stop()]);
    await app.stop();
    expect(log).toEqual(['Only onStart', 'Only onReady', 'Only onStop', 'Only disposed']);
  });
  it('G87: start, stop, start: everything is created anew, no signal handlers stay', async () => {
    const before = process.listenerCount('SIGTERM');
    const log: string[] = [];
    let created = 0;
    class Counted {
      constructor() {
        created += 1;
      }
    }
    const app = createApp({ ...silent, signals: true })
      .use(part('Part', log))
      .use(Counted);
    for (let turn = 1; turn <= 3; turn++) {
      await app.start();
      expect([created, process.listenerCount('SIGTERM')]).toEqual([turn, before + 1]);
      await app.stop();
      expect(process.listenerCount('SIGTERM')).toBe(before);
    }
    expect(log.filter((line) => line === 'Part onStart')).toHaveLength(3);
  });
  it('await using stops it', async () => {
    const log: string[] = [];
    {
      await using app = createApp(silent).use(part('Part', log));
      await app.start();
    }
    expect(log).toContain('Part onStop');
  });
  it('steps of onStop and a log that never end have a deadline; all failures are logged, and the application starts again', async () => {
    const lines: string[] = [];
    const never = () => new Promise<never>(() => {});
    const destination = { write: (line: string) => void lines.push(line), flush: () => {} };
    const app = createApp({ ...silent, logger: { level: 'error', destination }, stopTimeout: 10 });
    const off = app.onStop(never);
    await app.start();
    const error = await failure(app.stop());
    expect(error.message).toContain('a step of onStop: did not end within 10 ms');
    expect(error.message).toContain('log: did not end within 10 ms');
    expect(lines.map((line) => (JSON.parse(line) as { part: string }).part)).toEqual(['a step of onStop']);
    off();
    await app.start();
    expect(app.state).toBe('ready');
    expect((await failure(app.stop())).message).toContain('log:');
  });
  it('steps of onStop run after draining and before modules stop, the last one first, unless taken back', async () => {
    const log: string[] = [];
    const app = createApp(silent).use(part('Part', log));
    for (const name of ['first', 'second']) app.onStop(() => log.push(name));
    app.onStop(() => log.push('never'))();
    await app.start();
    log.length = 0;
    await app.stop();
    expect(log).toEqual(['second', 'first', 'Part onStop', 'Part disposed']);
  });
});

describe('G86: a start that fails', () => {
  it('says which part, after which time, and why; what has started stops, the last one first', async () => {
    const log: string[] = [];
    const cause = new Error('connect ECONNREFUSED 127.0.0.1:5432');
    const Billing = part('Billing', log, {
      onStart: () => {
        throw cause;
      },
    });
    const app = createApp(silent);
    for (const each of [part('Cache', log), part('Db', log), Billing, part('Never', log)]) app.use(each);
    const error = await failure(app.start());
    expect(error).toBeInstanceOf(TitanError);
    expect(error.message).toMatch(
      /^Billing failed to start after \d+\.\d s: connect ECONNREFUSED 127\.0\.0\.1:5432 \(stopped: Db, Cache\)$/,
    );
    expect(error).toMatchObject({ code: 'start_failed', cause });
    expect(log.filter((line) => line.endsWith('onStop'))).toEqual(['Db onStop', 'Cache onStop']);
    expect(log.filter((line) => line.endsWith('disposed'))).toHaveLength(4);
    expect(app.state).toBe('idle');
  });
  it('by a hook that never ends: it has a deadline', async () => {
    const Hanging = part('Hanging', [], { onStart: () => new Promise(() => {}) });
    const error = await failure(
      createApp({ ...silent, startTimeout: 10 })
        .use(Hanging)
        .start(),
    );
    expect(error.message).toMatch(/^Hanging failed to start after \d\.\d s: did not end within 10 ms/);
  });
  it('by a function, a factory or a configuration that never ends: each has a deadline', async () => {
    const never = () => new Promise<never>(() => {});
    const short = { ...silent, startTimeout: 10, stopTimeout: 10 };
    const schema = { '~standard': { version: 1 as const, vendor: 'test', validate: never } };
    class Reader {
      static inject = [configSection('reader', schema)] as const;
      readonly kind = 'reader';
    }
    const Made = createToken<number>('made', { factory: never as () => never });
    class Needs {
      static inject = [Made] as const;
      readonly kind = 'needs';
    }
    const messages = [];
    for (const app of [createApp(short).use(never), createApp(short).use(Reader), createApp(short).use(Needs)])
      messages.push((await failure(app.start())).message);
    expect(messages).toEqual([
      'what use() was given failed to start: did not end within 10 ms',
      'the configuration failed to start: did not end within 10 ms',
      expect.stringMatching(/^.+ failed to start: did not end within 10 ms$/),
    ]);
  });
  it('by an asynchronous function: the start tells it, each time', async () => {
    const app = createApp(silent).use(async () => Promise.reject(new Error('no network')));
    await setImmediate();
    expect((await failure(app.start())).message).toBe('no network');
    expect((await failure(app.start())).message).toBe('no network');
  });
  it('by something thrown that is no Error', async () => {
    const Odd = part('Odd', [], { onStart: () => Promise.reject('just text') });
    expect((await failure(createApp(silent).use(Odd).start())).message).toContain('Odd failed to start after 0.0 s: just text');
  });
  it('by a constructor: nothing has started', async () => {
    const log: string[] = [];
    class Broken {
      constructor() {
        throw new RangeError('no');
      }
    }
    expect(await failure(createApp(silent).use(part('Part', log)).use(Broken).start())).toBeInstanceOf(RangeError);
    expect(log).toEqual(['Part disposed']);
  });
  it('can be tried again', async () => {
    let fails = true;
    const Once = part('Once', [], {
      onStart: () => {
        if (fails) throw new Error('not yet');
      },
    });
    const app = createApp(silent).use(Once);
    await failure(app.start());
    fails = false;
    await app.start();
    expect(app.state).toBe('ready');
    await app.stop();
  });
  it('stopped while it starts, it stops in order', async () => {
    const log: string[] = [];
    let go = () => {};
    const gate = new Promise<void>((resolve) => {
      go = resolve;
    });
    const app = createApp(silent)
      .use(part('First', log, { onStart: () => gate }))
      .use(part('Second', log));
    const starting = failure(app.start());
    while (log.length === 0) await setImmediate();
    const stopping = app.stop();
    go();
    expect((await starting).message).toContain('the application was stopped while it started (stopped: First)');
    await stopping;
    expect(log).toEqual(['First onStart', 'First onStop', 'Second disposed', 'First disposed']);
  });
  it('what the graph lacks is told before anything is created', async () => {
    const missing = createToken<number>('missing');
    class Needs {
      static inject = [missing] as const;
      constructor(readonly value: number) {}
    }
    const error = await failure(Application.create(defineModule({ id: 'm', providers: [Needs] }), silent));
    expect(NexusError.is(error) && error.code).toBe('missing');
  });
});

describe('a stop that fails', () => {
  it('runs all other steps, has a deadline for each, and tells all that failed', async () => {
    const log: string[] = [];
    const app = createApp({ ...silent, stopTimeout: 10 });
    app.use(part('Good', log));
    app.use(
      part('Throws', log, {
        onStop: () => {
          throw new Error('boom');
        },
      }),
    );
    app.use(part('Hangs', log, { onStop: () => new Promise(() => {}) }));
    app.onStop(() => Promise.reject(new Error('step')));
    await app.start();
    const error = await failure(app.stop());
    expect(error).toMatchObject({ code: 'stop_failed', cause: { errors: [{ message: 'step' }, {}, { message: 'boom' }] } });
    expect(error.message).toBe(
      'not everything stopped as it should: a step of onStop: step; Hangs: did not end within 10 ms; Throws: boom',
    );
    expect(log.filter((line) => line.endsWith('onStop'))).toEqual(['Hangs onStop', 'Throws onStop', 'Good onStop']);
    expect(app.state).toBe('idle');
  });
});

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
    expect(() => app.use(part('Late', []))).toThrow('app.use() has to come before the start');
    expect(() => app.service(part('Late', []))).toThrow('app.service() has to come before the start');
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

describe('what makes no sense is refused where it is said', () => {
  it.each<[string, () => unknown, string]>([
    [
      'an option that is misspelt',
      () => createApp({ sginals: false } as AppOptions),
      "there is no option 'sginals'; did you mean 'signals'?",
    ],
    ['an option of nothing', () => createApp({ replicas: 3 } as AppOptions), "there is no option 'replicas'"],
    [
      'nothing for a module',
      () => createApp(silent).use(undefined as never),
      'app.use() takes a module, a class or a function (app, options) => …, not undefined',
    ],
    [
      'a text for a module',
      () => createApp(silent).use('users' as never),
      'app.use() takes a module, a class or a function (app, options) => …, not users',
    ],
    ['a number for a service', () => createApp(silent).service(5 as never), 'service takes a class or an object, not 5'],
    [
      'a level that the log does not have',
      () => createApp({ logger: { level: 'loud' as 'info' } }),
      "'loud' is no level of a log: there are trace, debug, info, warn, error, fatal and silent",
    ],
  ])('%s', (_what, action, message) => {
    expect(action).toThrow(expect.objectContaining({ name: 'TitanError', code: 'invalid_use', message }) as Error);
  });

  it('two services of one name and version', async () => {
    @TitanService({ name: 'users' })
    class Users {}
    @TitanService({ name: 'users@1.0.0' })
    class OtherUsers {}
    const defined = () => defineTitanService({ name: 'users', contract: {}, methods: {} });
    for (const [one, other, names] of [
      [Users, OtherUsers, 'class Users and class OtherUsers'],
      [defined(), defined(), 'one of defineTitanService and one of defineTitanService'],
    ] as const)
      await expect(createApp(silent).service(one).service(other).start()).rejects.toMatchObject({
        code: 'invalid_use',
        message: `two services are 'users@1.0.0': ${names}; give one another name or version`,
      });
  });
  it('a class that is no service', async () => {
    class Plain {}
    await expect(createApp(silent).service(Plain).start()).rejects.toThrow('not an object of class Plain');
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
});

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
      'tcp on 0.0.0.0 can be reached from other machines without authentication; give a provider (security.authentication), or say public: true',
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
    expect(netron.netron.addresses).toEqual([expect.stringMatching(/^tcp:/)]);
    await app.start();
    expect(app.netron).toBe(netron.netron);
    await app.stop();
  });
});

describe('OB-10, DP-08: health', () => {
  const get = async (port: number, path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`);
    return [response.status, await response.json()];
  };
  it('is asked of everything that has health(); one that throws is not healthy', async () => {
    const healthy = (name: string, health: () => HealthCheck | Promise<HealthCheck>) =>
      Object.defineProperty(
        class {
          health = health;
        },
        'name',
        { value: name },
      );
    const app = createApp(silent)
      .use(healthy('Db', () => ({ healthy: true, critical: true, latency: 3 })))
      .use(healthy('Cache', async () => ({ healthy: false, message: 'cold' })))
      .use(healthy('Mail', () => Promise.reject(new Error('no'))))
      .use(healthy('Mail', () => undefined as never));
    await app.start();
    const status = await app.health();
    expect(status).toEqual({
      status: 'degraded',
      timestamp: expect.any(Number),
      checks: {
        Db: { healthy: true, critical: true, latency: 3 },
        Cache: { healthy: false, message: 'cold' },
        Mail: { healthy: false, message: 'no' },
        'Mail#2': { healthy: false, message: 'health() gave no { healthy }' },
      },
    });
    await app.stop();
  });
  it('/health and /ready tell the status and nothing else (G32)', async () => {
    let healthy = true;
    class Db {
      health = () => ({ healthy, critical: true, message: 'secret' });
    }
    const app = createApp({ ...silent, config: { netron: { port: 0, healthPort: 0 } } }).use(Db);
    await app.start();
    const port = app.healthPort!;
    expect(await get(port, '/health')).toEqual([200, { status: 'healthy' }]);
    expect(await get(port, '/ready?x=1')).toEqual([200, { ready: true, status: 'healthy' }]);
    healthy = false;
    expect(await get(port, '/health')).toEqual([503, { status: 'unhealthy' }]);
    expect((await get(port, '/ready'))[0]).toBe(503);
    expect((await get(port, '/other'))[0]).toBe(404);
    expect((await fetch(`http://127.0.0.1:${port}/health`, { method: 'POST' })).status).toBe(405);
    let ready: unknown;
    app.onStop(async () => {
      healthy = true;
      ready = await get(port, '/ready');
    });
    await app.stop();
    expect(ready).toEqual([503, { ready: false, status: 'healthy' }]);
    await expect(fetch(`http://127.0.0.1:${port}/health`)).rejects.toThrow();
  });
  it('a configured port that is taken fails the start; the usual one only leaves a warning', async () => {
    const first = createApp({ ...silent, config: { netron: { port: 0, healthPort: 0 } } });
    await first.start();
    const error = await failure(createApp({ ...silent, config: { netron: { port: 0, healthPort: first.healthPort } } }).start());
    expect(error).toMatchObject({ code: 'EADDRINUSE' });
    await first.stop();
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
    expect(lines).toMatchObject([
      { msg: 'a subscriber of an event failed', event: 'user:created', err: { message: 'mail is down' } },
    ]);
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
