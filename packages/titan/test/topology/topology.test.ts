import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest';
import { freePort } from '../../../netron/test/free-port.js';
import {
  createApp,
  defineTitanService,
  Public,
  readTopology,
  remote,
  reportText,
  TitanService,
  type Topology,
} from '../../src/index.js';

const folder = mkdtempSync(join(tmpdir(), 'titan-topology-'));
afterAll(() => rmSync(folder, { recursive: true }));
const ends: (() => unknown)[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const end of ends.splice(0).reverse()) await end();
});

interface Reading {
  read(order: { items: number[] }): Promise<unknown>;
}

@TitanService({ name: 'auth', contract: { watch: { stream: true } } })
class Auth {
  @Public()
  async *watch() {
    yield 1;
  }
  @Public()
  read(order: { items: number[] }) {
    return Object.isFrozen(order) && Object.isFrozen(order.items);
  }
  @Public()
  take(_anything: unknown) {
    return new WeakMap();
  }
}
class Helper {
  static readonly inject = [Auth] as const;
  readonly auth: Auth;
  constructor(auth: Auth) {
    this.auth = auth;
  }
}
@TitanService({ name: 'users' })
class Users {
  static readonly inject = [Helper] as const;
  readonly helper: Helper;
  constructor(helper: Helper) {
    this.helper = helper;
  }
  @Public()
  get() {
    return this.helper.auth.read({ items: [] });
  }
}
@TitanService({ name: 'gateway' })
class Gateway {
  static readonly inject = [remote('users@1.0.0'), remote<Reading>('auth@^1.0.0'), remote('billing@1.0.0')] as const;
  readonly auth: Reading & { take(value: unknown): Promise<unknown> };
  constructor(_users: unknown, auth: Reading) {
    this.auth = auth as never;
  }
  @Public()
  read() {
    return this.auth.read({ items: [1] });
  }
  @Public()
  take(kind: string) {
    return this.auth.take(kind === 'result' ? 1 : { deep: [new WeakMap()] });
  }
}
const app = (topology: Topology | string, services: (object | (new (...args: never[]) => object))[] = [Gateway, Users, Auth]) => {
  const made = createApp({
    topology,
    signals: false,
    logger: { level: 'silent' },
    config: { netron: { port: 0, healthPort: false } },
  });
  for (const service of services) made.service(service);
  return made.use(Helper as never);
};
const fits: Topology = { processes: { edge: { services: ['gateway'], replicas: 2 }, core: { services: ['auth', 'users'] } } };
const message = async (action: () => unknown): Promise<string> => {
  try {
    await action();
  } catch (error) {
    return (error as Error).message;
  }
  return 'nothing was thrown';
};

describe('TI-24: a topology', () => {
  it('is explained: each edge, local or remote and why, pins and streams', async () => {
    const report = await app(fits).explainTopology();
    expect(report).toEqual({
      processes: [
        { name: 'edge', replicas: 2, services: ['gateway'] },
        { name: 'core', replicas: 1, services: ['users', 'auth'] },
      ],
      edges: [
        { from: 'gateway', to: 'users', kind: 'remote', reason: 'edge to core' },
        { from: 'gateway', to: 'auth', kind: 'remote', reason: 'edge to core' },
        { from: 'gateway', to: 'billing', kind: 'remote', reason: 'billing is not a service of this application' },
        { from: 'users', to: 'auth', kind: 'local', reason: 'injected as an object' },
      ],
      pins: [{ services: ['users', 'auth'], path: ['Users', 'Helper', 'Auth'] }],
      remoteStreams: ['auth.watch'],
    });
    expect(reportText(report)).toContain('gateway → auth     remote  edge to core');
    expect(reportText(report)).toContain('users and auth must share a process: Users → Helper → Auth');
  });

  it('is explained with the services that asynchronous functions add', async () => {
    const made = app(fits, [Gateway]).use(async (later) => {
      await Promise.resolve();
      later.service(Users).service(Auth);
    });
    expect((await made.explainTopology()).processes.map(({ services }) => services)).toEqual([['gateway'], ['users', 'auth']]);
  });

  it('that parts a service from one it holds is refused, with the path', async () => {
    const parts: Topology = { processes: { a: { services: ['auth'] }, b: { services: ['*'] } } };
    expect(await message(() => app(parts).explainTopology())).toBe(
      "topology separates services that must share a process:\n  users (b) injects auth (a) as an object: Users → Helper → Auth; inject remote('auth') instead, or place both in one process",
    );
  });

  it('with services that are placed nowhere, or do not exist, is refused before anything is created', async () => {
    const starts = app({ processes: { a: { services: ['gateway', 'nobody'] } } }).start();
    await expect(starts).rejects.toThrow(
      "topology does not match the services:\n  nobody is placed in a, but is not a service of the application; known: gateway, users, auth\n  users is not placed; add it to a process, or add a process with services: ['*']",
    );
  });

  it('is checked as a whole, every problem at once', async () => {
    const file = join(folder, 'wrong.yaml');
    writeFileSync(
      file,
      'link: pigeon\nprozesses: {}\nprocesses: { A: {}, b: { services: [x, 5] }, c: { services: [x], replicas: 0 }, d: { services: [x] } }\n',
    );
    expect((await message(() => readTopology(file))).split('\n').slice(1)).toEqual([
      "  unknown key prozesses; did you mean 'processes'?",
      '  link must be unix or tcp',
      '  processes.A: the name must be 1 to 32 lower-case letters, digits and hyphens, starting with a letter',
      '  processes.b.services must be a non-empty array of names',
      '  processes.c.replicas must be an integer between 1 and 256',
      '  x is placed twice: in b and in c',
      '  x is placed twice: in c and in d',
    ]);
    expect(await message(() => readTopology(join(folder, 'none.yaml')))).toContain('cannot read ');
    vi.stubEnv('TITAN_PROCESS', 'mars');
    expect(await message(() => app(fits))).toBe("unknown process 'mars'; known: edge, core");
    writeFileSync(file, JSON.stringify(fits));
    const unread = app(file);
    expect(await message(() => unread.get(Gateway))).toContain('the topology file is read at the start');
    expect(await message(() => unread.start())).toBe("unknown process 'mars'; known: edge, core");
  });

  it('a process creates and exposes what is placed in it, and the rest is found elsewhere', async () => {
    vi.stubEnv('TITAN_PROCESS', 'edge');
    const edge = app(fits);
    vi.stubEnv('TITAN_PROCESS', 'core');
    const core = app(fits);
    await Promise.all([edge.start(), core.start()]);
    ends.push(
      () => edge.stop(),
      () => core.stop(),
    );
    const names = (of: typeof edge) => of.netron!.getServices().map(({ name }) => name);
    expect([names(edge), names(core).sort(), core.netron!.listenPort, edge.netron!.listenPort! > 0]).toEqual([
      ['gateway'],
      ['auth', 'users'],
      0,
      true,
    ]);
    // Over the wire: the argument is a copy, which nobody has frozen.
    expect(await edge.connectToService<{ read(): Promise<boolean> }>('gateway').read()).toBe(false);
  });

  const placed = async (name: string, topology: Topology, netron: object) => {
    vi.stubEnv('TITAN_PROCESS', name);
    const made = createApp({
      topology,
      signals: false,
      logger: { level: 'silent' },
      config: { netron: { port: 0, healthPort: false, ...netron } },
    });
    for (const service of [Gateway, Users, Auth]) made.service(service);
    await made.use(Helper as never).start();
    ends.push(() => made.stop());
    const known = await made.netron!.discovery.getActiveNodes();
    return { made, announced: known.find(({ id }) => id === made.netron!.id)?.addresses ?? [] };
  };

  it('a process is announced by the place of its link alone: others do not meet a port that replicas share', async () => {
    const { made, announced } = await placed('edge', fits, { transports: { tcp: { port: 0 } } });
    expect(made.netron!.addresses.map((address) => address.split(':')[0]).sort()).toEqual(['tcp', 'unix', 'ws']);
    expect(announced).toEqual([expect.stringMatching(/^unix:/)]);
  });

  it('with a link of TCP, too: by a port of its own where it has replicas, else by the one that is configured', async () => {
    const hosts = { transports: { tcp: { port: await freePort(), host: '127.0.0.1' } } };
    const tcp: Topology = { ...fits, link: 'tcp' };
    const edge = await placed('edge', tcp, hosts);
    const [unix, own, ...none] = edge.announced;
    expect([unix?.slice(0, 5), own?.slice(0, 16), none]).toEqual(['unix:', 'tcp://localhost:', []]);
    expect(own).not.toContain(`:${hosts.transports.tcp.port}`);
    const listening = { ...tcp, processes: { ...tcp.processes, core: { services: ['*'], listen: true } } };
    const port = await freePort();
    const core = await placed('core', listening, { transports: { tcp: { port } } });
    expect(core.announced.slice(1)).toEqual([`tcp://localhost:${port}`]);
  });

  it('processes of one machine find each other whatever the flat options of discovery say', async () => {
    const flat = { discoveryEnabled: false, discoveryRedisUrl: 'redis://nowhere.invalid' };
    const [edge] = await Promise.all([placed('edge', fits, flat), placed('core', fits, flat)]);
    expect(await edge.made.connectToService<{ read(): Promise<boolean> }>('gateway').read()).toBe(false);
  });
});

describe('development: one process keeps to what several allow', () => {
  it('arguments arrive as frozen copies between services that the topology parts; what cannot be sent is named', async () => {
    const all = app(fits);
    await all.start();
    ends.push(() => all.stop());
    const gateway = all.connectToService<{ read(): Promise<boolean>; take(kind: string): Promise<unknown> }>('gateway');
    expect(await gateway.read()).toBe(true);
    await expect(gateway.take('argument')).rejects.toMatchObject({
      code: 'invalid_argument',
      message: expect.stringMatching(/^cannot be sent between processes: .*argument 1 of auth\.take/),
    });
    await expect(gateway.take('result')).rejects.toThrow(/the result of auth\.take/);
  });

  it('in production nothing is checked', async () => {
    vi.stubEnv('NODE_ENV', 'production');
    const all = app(fits);
    await all.start();
    ends.push(() => all.stop());
    const gateway = all.connectToService<{ read(): Promise<boolean>; take(kind: string): Promise<unknown> }>('gateway');
    expect(await gateway.read()).toBe(false);
    expect(await gateway.take('argument')).toBeInstanceOf(WeakMap);
  });

  it('services without decorators are placed as others are', async () => {
    const plain = defineTitanService({ name: 'plain', contract: { go: {} }, methods: { go: () => 1 } });
    const report = await app({ processes: { one: { services: ['plain'] }, two: { services: ['*'] } } }, [
      plain,
      Auth,
    ]).explainTopology();
    expect(report.processes.map(({ services }) => services)).toEqual([['plain'], ['auth']]);
  });
});
