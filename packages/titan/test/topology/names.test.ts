/** Classes are told apart by what they are, not by their names, and tokens of users go to nodes of the topology alone. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineService, getCallContext, MemoryNetwork, MemoryTransport, Netron } from '@omnitron-dev/netron';
import { afterEach, expect, it, vi } from 'vitest';
import { createApp, NETRON_TOKEN, Public, remote, TitanService } from '../../src/index.js';

afterEach(() => vi.unstubAllEnvs());
const silent = { signals: false, logger: { level: 'silent' }, config: { netron: { port: 0, healthPort: false } } } as const;
const topology = { processes: { edge: { services: ['gateway'] }, core: { services: ['*'] } } };

/** A class of that name. */
const named = <T extends object>(name: string, type: T): T => Object.defineProperty(type, 'name', { value: name });

const security = { authentication: { authenticate: async (userId: string) => ({ userId }) } };

const service = (name: string, className: string, ...inject: unknown[]) => {
  class Type {
    static readonly inject = inject;
    readonly parts: unknown[];
    constructor(...parts: unknown[]) {
      this.parts = parts;
    }
    call() {
      return name;
    }
  }
  Public()(Type.prototype, 'call', Object.getOwnPropertyDescriptor(Type.prototype, 'call') as never);
  TitanService({ name })(Type);
  // The list says what it takes.
  Object.defineProperty(Type, 'length', { value: inject.length });
  return named(className, Type);
};

it('a repository that is named as the class of a service elsewhere is none', async () => {
  const Repository = named('Users', class {});
  const app = createApp({ ...silent, topology })
    .use(Repository as never)
    .service(service('gateway', 'Gateway', Repository) as never)
    .service(service('users', 'Users') as never);
  expect((await app.explainTopology()).edges).toEqual([]);
});

it('a provider that is named as the class of a service elsewhere runs here', async () => {
  vi.stubEnv('TITAN_PROCESS', 'edge');
  let started = 0;
  const Job = named(
    'Users',
    class {
      onStart() {
        started += 1;
      }
    },
  );
  const app = createApp({ ...silent, topology })
    .use(Job as never)
    .service(service('gateway', 'Gateway') as never)
    .service(service('users', 'Users') as never);
  await app.start();
  await app.stop();
  expect(started).toBe(1);
});

it('services whose classes all have one name are told apart', async () => {
  const auth = service('auth', 'Service');
  const shop = service('shop', 'Service', remote('auth'));
  const bill = service('bill', 'Service', auth);
  const report = (...apart: string[]) => {
    const app = createApp({ ...silent, topology: { processes: { edge: { services: apart }, core: { services: ['*'] } } } });
    for (const each of [auth, shop, bill]) app.service(each as never);
    return app.explainTopology();
  };
  expect((await report('shop')).edges).toMatchObject([
    { from: 'shop', to: 'auth', kind: 'remote' },
    { from: 'bill', to: 'auth', kind: 'local' },
  ]);
  await expect(report('bill')).rejects.toThrow('bill (edge) injects auth (core) as an object: Service → Service');
});

it.each([{ link: 'unix' }, { link: 'tcp', forwardUsers: true }] as const)(
  "a user's token goes to no node that the program has dialled itself, wherever it lives: %o",
  async (given) => {
    vi.stubEnv('TITAN_PROCESS', 'one');
    const folder = await mkdtemp(join(tmpdir(), 'titan-foreign-'));
    const memory = () => [new MemoryTransport(network)];
    const network = new MemoryNetwork();
    const transports = { memory: true, tcp: { port: 0 }, unix: { path: join(folder, 'foreign.sock') } } as const;
    const seen: string[] = [];
    const ask = (way: string) => void seen.push(`${way} ${getCallContext().headers.authorization}`);
    const foreign = async (way: keyof typeof transports) => {
      const place = { [way]: transports[way] };
      const node = await Netron.create({ logLevel: 'silent', additionalTransports: memory(), transports: place });
      await node.peer.exposeService(defineService({ name: 'partner@1.0.0', methods: { ask } }));
      return node;
    };
    type Partner = { ask(way: string): Promise<void> };
    const calls: (() => Promise<void>)[] = [];
    class Shop {
      async go() {
        for (const call of calls) await call();
      }
    }
    Public()(Shop.prototype, 'go');
    TitanService({ name: 'shop' })(Shop);
    const app = createApp({
      ...silent,
      topology: { processes: { one: { services: ['shop'] }, two: { services: ['*'] } }, ...given },
      security,
      netron: { additionalTransports: memory(), session: false, reconnectDelay: 20 },
    }).service(Shop);
    await app.start();
    const ways = ['memory', 'tcp', 'unix'] as const;
    const others: Netron[] = [];
    for (const way of ways) {
      const other = await foreign(way);
      others.push(other);
      const peer = await app.netron!.connect(other.addresses[0]!, { session: false });
      const partner = await peer.queryInterface<Partner>('partner');
      calls.push(() => partner.ask(way));
      calls.push(async () => {
        const suspended = new Promise<void>((resolve) => {
          const look = () => (peer.state === 'ready' ? setImmediate(look) : resolve());
          look();
        });
        (peer as unknown as { link?: { connection: { terminate(): void } } }).link?.connection.terminate();
        await suspended;
        await partner.ask(`${way} again`);
      });
    }
    calls.push(() => app.connectToService<Partner>('partner').ask('by name'));
    const caller = { id: 'a', identity: undefined, address: '', transport: 'test' };
    const headers = { authorization: 'Bearer ada' };
    await app.netron!.dispatch({ service: 'shop', method: 'go', caller, headers });
    await app.stop();
    for (const other of others) await other.stop();
    await rm(folder, { recursive: true });
    expect(seen).toEqual([...ways.flatMap((way) => [`${way} undefined`, `${way} again undefined`]), 'by name undefined']);
  },
);

it.each([{ link: 'unix' }, { link: 'tcp', forwardUsers: true }] as const)(
  'a node that the program has dialled itself never answers for a service that is placed, whatever id it claims: %o',
  async (given) => {
    const tokenOf = () => String(getCallContext().headers.authorization);
    const heard: string[] = [];
    const foreign = async (id?: string) => {
      const node = await Netron.create({ logLevel: 'silent', listenPort: 0, ...(id !== undefined && { id }) });
      const who = () => void heard.push(tokenOf());
      await node.peer.exposeService(defineService({ name: 'users@1.0.0', methods: { who } }));
      return node;
    };
    type Asked = { who(): Promise<unknown> };
    class Users {
      who() {
        return `the service, ${tokenOf()}`;
      }
    }
    class Shop {
      static readonly inject = [NETRON_TOKEN, remote<Asked>('users')] as const;
      constructor(
        readonly node: Netron,
        readonly users: Asked,
      ) {}
      async go() {
        const { node, users } = this;
        const peer = await node.connect('users', { timeout: 10_000 });
        const all = [
          users,
          app.connectToService<Asked>('users'),
          node.service<Asked>('users'),
          await peer.queryInterface<Asked>(),
        ];
        const answers = [];
        for (let turn = 0; turn < 10; turn += 1) for (const each of all) answers.push(await each.who());
        await peer.disconnect();
        return answers;
      }
      /** Calls a peer that the program has dialled itself: it serves it, and hears of no user. */
      async there(address: string) {
        const peer = await this.node.connect(address);
        await (await peer.queryInterface<Asked>('users')).who();
      }
    }
    Public()(Users.prototype, 'who');
    for (const method of ['go', 'there'] as const) Public()(Shop.prototype, method);
    TitanService({ name: 'users' })(Users);
    TitanService({ name: 'shop' })(Shop);
    const make = (name: string) => {
      vi.stubEnv('TITAN_PROCESS', name);
      const topology = { processes: { edge: { services: ['shop'] }, core: { services: ['users'] } }, ...given };
      return createApp({ ...silent, topology, security })
        .service(Shop)
        .service(Users);
    };
    const core = make('core');
    await core.start();
    const app = make('edge');
    await app.start();
    const others = [await foreign(), await foreign(core.netron!.id)];
    for (const other of others) await app.netron!.connect(other.addresses[0]!);
    const caller = { id: 'a', identity: undefined, address: '', transport: 'test' };
    const ask = (method: string, ...args: unknown[]) =>
      app.netron!.dispatch({ service: 'shop', method, args, caller, headers: { authorization: 'Bearer ada' } });
    const answers = await ask('go');
    await ask('there', others[0]!.addresses[0]);
    for (const each of [app, core, ...others]) await each.stop();
    expect([new Set(answers as string[]), heard]).toEqual([new Set(['the service, Bearer ada']), ['undefined']]);
  },
);
