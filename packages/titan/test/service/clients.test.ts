import { Netron, withOptions } from '@omnitron-dev/netron';
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
  NetronModule,
  Public,
  RemoteService,
  remote,
  TitanService,
} from '../../src/index.js';
import { peerOf, quiet, refusal, running } from './contract.js';

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
      message: "no node serves 'auth@^1.0.0' (no known node has it)",
    });
    await alone.stop();
  });
  it('refuse calls at once before the start and after the stop, in whatever form they are made', async () => {
    class Holder {
      static inject = [remote(Auth), remote<{ list(): AsyncIterable<number>; price: number }>('shop')] as const;
      constructor(
        readonly auth: { verify(token: string): Promise<unknown> },
        readonly shop: { list(): AsyncIterable<number>; price: number },
      ) {}
    }
    const app = createApp(quiet).service(Auth).use(Holder);
    const own = app.connectToService(Auth);
    const { auth, shop } = app.get(Holder);
    const iterate = async () => {
      for await (const _ of shop.list());
    };
    const forms = () => [own.verify('t'), withOptions(own, { timeout: 5 }).verify('t'), auth.verify('t'), iterate(), shop.price];
    const texts = async () => Promise.all(forms().map(async (form) => (await refusal(Promise.resolve(form) as never)).message));
    const before = 'the application is not started: await app.start() first';
    expect(await texts()).toEqual([
      ...Array(3).fill(`auth@^1.0.0.verify: ${before}`),
      `shop.list: ${before}`,
      `shop.price: ${before}`,
    ]);
    const starting = app.start();
    const early = own.verify('t');
    await starting;
    expect(await early).toEqual({ id: 't' });
    await app.stop();
    expect(new Set(await texts())).toEqual(
      new Set(['auth@^1.0.0.verify', 'shop.list', 'shop.price'].map((name) => `${name}: the application was stopped`)),
    );
    expect(await refusal(own.verify('t'))).toMatchObject({ name: 'NetronError', code: 'failed_precondition' });
    // Asking has made no node that nobody stops.
    expect(app.get(NetronModule).netron).toBeUndefined();
    await app.start();
    expect(await own.verify('t')).toEqual({ id: 't' });
    await app.stop();
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
