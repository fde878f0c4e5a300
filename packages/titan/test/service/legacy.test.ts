import { Netron } from '@omnitron-dev/netron';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import {
  createApp,
  defineContract,
  defineModule,
  defineTitanService,
  Inject,
  Injectable,
  inject,
  Logger,
  Public,
  RemoteService,
  remote,
  Stream,
  TitanService,
  Validate,
} from '../../src/index.js';
import { peerOf, quiet, refusal, running, testService, users } from './contract.js';

@TitanService(users)
class Users {
  readonly logger = inject(Logger);
  @Public()
  async createUser({ email, age }: { email: string; age: number }) {
    return { id: '1', email, age };
  }
  @Public()
  getUser(_id: string) {
    return null;
  }
  @Public()
  rename(from: string, to: string) {
    return `${from} to ${to}`;
  }
  @Public()
  @Stream()
  async *list(count: number) {
    for (let n = 1; n <= count; n++) yield { n: n < 4 ? n : ('four' as never as number) };
  }
  @Public()
  broken(): { total: number } {
    return { total: 'many' as never };
  }
}
testService('legacy dialect', () => Users);

testService('no decorators', () =>
  defineTitanService({
    ...users,
    methods: {
      createUser: ({ email, age }) => ({ id: '1', email, age }),
      getUser: async () => null,
      rename: (from, to) => `${from} to ${to}`,
      async *list(count) {
        for (let n = 1; n <= count; n++) yield { n: n < 4 ? n : ('four' as never as number) };
      },
      broken: () => ({ total: 'many' as never as number }),
    },
  }),
);

describe('SV-14, SV-31: @Validate', () => {
  @TitanService({ name: 'single' })
  class Single {
    @Public()
    @Validate({ input: z.object({ email: z.email() }), output: z.object({ id: z.string() }) })
    async createUser(input: { email: string }) {
      return { id: input.email === 'wrong@example.org' ? (5 as never as string) : 'x' };
    }
    @Validate({ input: [z.number(), z.number()] })
    @Public()
    add(a: number, b: number) {
      return a + b;
    }
  }
  it('checks arguments and results of one method', async () => {
    const single = await (await peerOf(await running(Single))).queryInterface<Single>('single@1.0.0');
    expect(await single.createUser({ email: 'ada@example.org' })).toEqual({ id: 'x' });
    expect((await refusal(single.createUser({ email: 'no' }))).code).toBe('invalid_argument');
    expect((await refusal(single.createUser({ email: 'wrong@example.org' }))).code).toBe('internal');
    expect(await single.add(2, 3)).toBe(5);
    expect((await refusal(single.add(2, 'x' as never))).code).toBe('invalid_argument');
  });
});

describe('validation', () => {
  it('waits for schemas that answer later, tells at most 20 issues, and never pollutes', async () => {
    const later = z.string().refine(async (text) => text === 'right');
    const contract = { slow: { input: later }, many: { input: z.array(z.number()) }, proto: { input: z.looseObject({}) } };
    const service = defineTitanService({
      name: 'v',
      contract,
      methods: { slow: (text) => text, many: (list) => list.length, proto: (value) => Object.keys(value) },
    });
    const v = (await (await peerOf(await running(service))).queryInterface('v')) as never as Record<
      string,
      (value: unknown) => Promise<unknown>
    >;
    expect(await v.slow!('right')).toBe('right');
    expect((await refusal(v.slow!('wrong'))).code).toBe('invalid_argument');
    const error = await refusal(v.many!(Array.from({ length: 50 }, () => 'x')));
    expect((error.details as { issues: unknown[] }).issues).toHaveLength(20);
    expect(error.message).toContain('; and 30 more');
    await v.proto!(JSON.parse('{"__proto__":{"polluted":true}}')).catch(() => {});
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
  it('texts of a megabyte and names of the language are refused as anything else, and are not told', async () => {
    const person = z.strictObject({ name: z.string().max(100), age: z.number() });
    const service = defineTitanService({
      name: 'bounds',
      contract: { save: { input: person } },
      methods: { save: ({ name }) => name },
    });
    const peer = await peerOf(await running(service));
    const long = 'hunter2'.repeat(150_000);
    const wrong: readonly unknown[] = [
      { name: long, age: 1 },
      { name: 'ada', age: long },
      { name: 'ada', age: 1, constructor: { prototype: { polluted: true } } },
      { name: 'ada', age: 1, prototype: 1 },
      Object.defineProperty({ name: 'ada', age: 1 }, '__proto__', { value: { polluted: true }, enumerable: true }),
      JSON.stringify({ name: 'ada', age: 1 }),
      [{ name: 'ada', age: 1 }],
      null,
    ];
    for (const argument of wrong) {
      const error = await refusal(peer.call('bounds', 'save', [argument]));
      expect(error.code).toBe('invalid_argument');
      expect(error.message.length + JSON.stringify(error.details ?? null).length).toBeLessThan(2_000);
      expect(error.message).not.toContain('hunter2');
    }
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    expect(await peer.call('bounds', 'save', [{ name: 'ada', age: 1 }])).toBe('ada');
  });
  it('a schema that throws, or never answers, costs its call only: the deadline ends it', async () => {
    const hanging = { '~standard': { version: 1, vendor: 'test', validate: () => new Promise<never>(() => {}) } } as const;
    const throwing = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: () => {
          throw new Error('broken schema');
        },
      },
    } as const;
    const service = defineTitanService({
      name: 'h',
      contract: { wait: { input: hanging }, fail: { input: throwing } },
      methods: { wait: () => 1, fail: () => 1 },
    });
    const peer = await peerOf(await running(service));
    expect((await refusal(peer.call('h', 'wait', [1], { timeout: 20 }))).code).toBe('deadline_exceeded');
    expect(await refusal(peer.call('h', 'fail', [1]))).toBeInstanceOf(Error);
  });
});

describe('start errors', () => {
  it('a contract that names what is no public method, or the same service twice', async () => {
    const contract = defineContract({ name: 'c', contract: { here: { input: z.string() }, hidden: { input: z.string() } } });
    class C {
      here(_: string) {}
      hidden(_: string) {}
    }
    Public()(C.prototype, 'here');
    TitanService(contract)(C);
    const error = await refusal(createApp(quiet).service(C).start());
    expect(error).toMatchObject({ code: 'invalid_use', message: 'contract of c@1.0.0: no public method hidden; add @Public()' });
    const twice = defineTitanService({ name: 'd', contract: {}, methods: {} });
    const again = defineTitanService({ name: 'd', contract: {}, methods: {} });
    expect((await refusal(createApp(quiet).service(twice).service(again).start())).message).toContain("'d");
  });
  it('SV-09: a transport that is not installed', async () => {
    const service = defineTitanService({ name: 'e', transports: { carrier: { port: 1 } }, contract: {}, methods: {} });
    expect((await refusal(createApp(quiet).service(service).start())).message).toContain('carrier');
  });
});

describe('SV-05, SV-09: transports of a service', () => {
  @TitanService({
    name: 'device-manager',
    transports: { netron: true, tcp: { port: 0 }, grpc: { proto: './x.proto' }, http: '/api' },
  })
  class DeviceManager {
    @Public({ transport: 'tcp' })
    register(id: string) {
      return `registered ${id}`;
    }
    @Public()
    list() {
      return [];
    }
  }
  it('are opened; a member may be limited to some, for peers only', async () => {
    const app = await running(DeviceManager);
    const tcp = app.netron!.addresses.find((address) => address.startsWith('tcp:'))!;
    const device = await Netron.create({ logLevel: 'silent' });
    const manager = await (await device.connect(tcp)).queryInterface<DeviceManager>('device-manager');
    expect(await manager.register('a')).toBe('registered a');
    const page = await (await peerOf(app)).queryInterface<DeviceManager>('device-manager');
    expect(await page.list()).toEqual([]);
    expect((await refusal(page.register('a'))).code).toBe('permission_denied');
    expect(await app.connectToService(DeviceManager).register('b')).toBe('registered b');
    const post = (member: string) =>
      fetch(`http://127.0.0.1:${app.netron!.listenPort}/api/device-manager/${member}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '["c"]',
      });
    expect([(await post('list')).status, await (await post('list')).json()]).toEqual([200, []]);
    expect((await post('register')).ok).toBe(false);
    await device.stop();
  });
});

describe('SV-23, TI-08: clients of services', () => {
  @TitanService({ name: 'auth' })
  class Auth {
    @Public()
    verify(token: string) {
      return { id: token };
    }
  }
  it('are injected by name, class and contract, in every way of injection, and exposed without being named', async () => {
    @TitanService({ name: 'profiles' })
    @Injectable()
    class Profiles {
      readonly byField = inject(remote(Auth));
      constructor(
        @RemoteService('auth@1.0.0') readonly auth: Auth,
        @Inject(remote<Auth>('auth')) readonly same: Auth,
      ) {}
      @Public()
      async profile(token: string) {
        const [a, b, c] = [await this.auth.verify(token), await this.same.verify(token), await this.byField.verify(token)];
        return [a.id, b.id, c.id];
      }
    }
    const app = createApp(quiet).use(defineModule({ id: 'm', providers: [Auth, Profiles] }));
    await app.start();
    const client = app.connectToService<Profiles>('profiles@1.0.0');
    expect(await client.profile('t')).toEqual(['t', 't', 't']);
    await app.stop();
  });
  it('wait for a node that has the service, and say when nobody has it in time', async () => {
    const other = await running(Auth);
    const app = createApp(quiet);
    const auth = app.connectToService(Auth);
    await app.start();
    const early = auth.verify('t');
    await app.netron!.connect(`ws://127.0.0.1:${other.netron!.listenPort}`);
    expect(await early).toEqual({ id: 't' });
    await app.stop();
    const alone = createApp({ ...quiet, config: { netron: { port: 0, healthPort: false, requestTimeout: 20 } } });
    const nobody = alone.connectToService(Auth);
    await alone.start();
    expect(await refusal(nobody.verify('t'))).toMatchObject({
      code: 'unavailable',
      message: "no node serves 'auth@^1.0.0' (no node that is known has it)",
    });
    await alone.stop();
  });
  it('SV-16: two versions stand side by side', async () => {
    const [one, two] = ['1.0.0', '2.0.0'].map((version) =>
      defineTitanService({ name: 'v', version, contract: { which: { output: z.string() } }, methods: { which: () => version } }),
    );
    const app = createApp(quiet).service(one!).service(two!);
    await app.start();
    const ask = (query: string) => app.connectToService<{ which(): string }>(query).which();
    expect([await ask('v@^1.0.0'), await ask('v@^2.0.0'), await ask('v')]).toEqual(['1.0.0', '2.0.0', '2.0.0']);
    await app.stop();
  });
});

describe('schemas that throw', () => {
  const parsed = z.string().transform((text) => JSON.parse(text) as unknown);
  const later = {
    '~standard': { version: 1 as const, vendor: 'test', validate: (text: unknown) => Promise.reject(new Error(String(text))) },
  };
  const shown = z.unknown().transform((): string => {
    throw new Error('hunter2');
  });
  const thrower = { '~standard': { ...later['~standard'], validate: () => JSON.parse('hunter2') as never } };
  const contract = {
    both: { input: [later, thrower, later], output: z.unknown() },
    showLater: { input: z.string(), output: later },
    read: { input: parsed, output: z.unknown() },
    readLater: { input: later, output: z.unknown() },
    show: { input: z.string(), output: shown },
  };
  const service = defineTitanService({
    name: 'odd',
    contract,
    methods: { both: () => 1, showLater: () => 1, read: () => 1, readLater: () => 1, show: () => 1 },
  });

  it('B34: show callers nothing of what they were given', async () => {
    const app = await running(service);
    for (const odd of [app.connectToService<Odd>('odd'), await (await peerOf(app)).queryInterface<Odd>('odd')]) {
      for (const name of ['read', 'readLater', 'both'] as const)
        expect(await refusal(odd[name](...(name === 'both' ? ['hunter2', 'hunter2', 'hunter2'] : ['hunter2'])))).toMatchObject({
          code: 'invalid_argument',
          message: `odd.${name}: input: cannot be validated`,
        });
      for (const name of ['show', 'showLater'] as const)
        expect(await refusal(odd[name]('x'))).toMatchObject({
          code: 'internal',
          message: `odd.${name}: the result does not fit its contract`,
        });
    }
  });

  it('leave no rejection that nobody has heard of', async () => {
    const unheard: unknown[] = [];
    const note = (reason: unknown) => unheard.push(reason);
    process.on('unhandledRejection', note);
    try {
      const odd = (await running(service)).connectToService<Odd>('odd');
      for (const name of ['readLater', 'both'] as const)
        await refusal(odd[name](...(name === 'both' ? ['hunter2', 'hunter2', 'hunter2'] : ['hunter2'])));
      await refusal(odd.showLater('x'));
      // Rejections are told of after the turn in which they came.
      await new Promise((resolve) => setImmediate(resolve));
    } finally {
      process.off('unhandledRejection', note);
    }
    expect(unheard).toEqual([]);
  });

  interface Odd {
    both(...texts: string[]): Promise<unknown>;
    read(...texts: string[]): Promise<unknown>;
    readLater(...texts: string[]): Promise<unknown>;
    showLater(text: string): Promise<unknown>;
    show(text: string): Promise<unknown>;
  }
});

describe('the version of a service in its name', () => {
  const contract = { greet: { output: z.string() } };
  const greeting = defineContract({ name: 'greeting@2.1.0', contract });

  it('is that of the contract, whichever way the service is written', async () => {
    expect(greeting).toMatchObject({ name: 'greeting', version: '2.1.0' });
    @TitanService({ name: 'greeting@2.1.0', contract })
    class Greeting {
      @Public()
      greet() {
        return 'by a class';
      }
    }
    for (const service of [Greeting, defineTitanService({ ...greeting, methods: { greet: () => 'by a class' } })]) {
      const app = await running(service);
      expect(await app.connectToService(greeting).greet()).toBe('by a class');
      expect(app.netron?.getServices().map(({ name, version }) => `${name}@${version}`)).toContain('greeting@2.1.0');
    }
  });

  it('beside another one is refused', () => {
    expect(() => defineContract({ name: 'greeting@2.1.0', version: '2.2.0', contract })).toThrow(
      "service 'greeting@2.1.0' has two versions, 2.1.0 and 2.2.0",
    );
  });
});
