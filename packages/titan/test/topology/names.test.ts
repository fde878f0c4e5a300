/** Classes are told apart by what they are, not by their names, and tokens of users go to nodes of the topology alone. */
import { defineService, getCallContext, MemoryNetwork, MemoryTransport, Netron } from '@omnitron-dev/netron';
import { afterEach, expect, it, vi } from 'vitest';
import { Placement } from '../../src/app/placement.js';
import { createApp, Public, remote, TitanService } from '../../src/index.js';

afterEach(() => vi.unstubAllEnvs());
const silent = { signals: false, logger: { level: 'silent' }, config: { netron: { port: 0, healthPort: false } } } as const;
const topology = { processes: { edge: { services: ['gateway'] }, core: { services: ['*'] } } };

/** A class of that name. */
const named = <T extends object>(name: string, type: T): T => Object.defineProperty(type, 'name', { value: name });

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
  await expect(report('bill')).rejects.toThrow('bill (edge) is given auth (core) as an object: Service → Service');
});

it("a user's token does not go to a foreign node, also while its connection is lost", async () => {
  vi.stubEnv('TITAN_PROCESS', 'one');
  const placement = new Placement({ topology: { processes: { one: { services: ['*'] } }, link: 'unix' } });
  const signIn = { tokenOf: () => 'secret of the user' };
  const network = new MemoryNetwork();
  const node = (options: object) =>
    Netron.create({ logLevel: 'silent', additionalTransports: [new MemoryTransport(network)], ...options });
  const seen: (string | undefined)[] = [];
  const foreign = await node({ transports: { memory: true } });
  const ask = () => void seen.push(getCallContext().headers.authorization);
  await foreign.peer.exposeService(defineService({ name: 'partner@1.0.0', methods: { ask } }));
  const own = await node({
    callContext: true,
    session: false,
    reconnectDelay: 20,
    middleware: { outgoing: placement.outgoing(signIn as never) },
  });
  const peer = await own.connect(foreign.addresses[0]!, { session: false });
  const partner = await peer.queryInterface<{ ask(): Promise<void> }>('partner');
  const lose = async () => {
    const suspended = new Promise<void>((resolve) => {
      const look = () => (peer.state === 'ready' ? setImmediate(look) : resolve());
      look();
    });
    (peer as unknown as { link?: { connection: { terminate(): void } } }).link?.connection.terminate();
    await suspended;
    return partner.ask();
  };
  await own.peer.exposeService(defineService({ name: 'shop@1.0.0', methods: { connected: () => partner.ask(), lost: lose } }));
  const caller = { id: 'a', identity: { userId: 'ada' }, address: '', transport: 'test' };
  for (const method of ['connected', 'lost']) await own.dispatch({ service: 'shop', method, caller });
  await own.stop();
  await foreign.stop();
  expect(seen).toEqual([undefined, undefined]);
});
