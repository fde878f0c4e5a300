import { defineService, Netron } from '@omnitron-dev/netron';
import { afterEach, expect, it, vi } from 'vitest';
import { createApp, Public, remote, TitanService } from '../../src/index.js';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const end of ends.splice(0).reverse()) await end();
});

@TitanService({ name: 'users' })
class Users {
  @Public()
  who() {
    return 'the service';
  }
}
@TitanService({ name: 'gateway' })
class Gateway {
  static readonly inject = [remote<Users>('users@1.0.0')] as const;
  readonly users: { who(): Promise<string> };
  constructor(users: { who(): Promise<string> }) {
    this.users = users;
  }
  @Public()
  who() {
    return this.users.who();
  }
}

it('a caller that has logged in does not become a process of the topology by claiming a service', async () => {
  const topology = { processes: { edge: { services: ['gateway'] }, core: { services: ['users'] } } } as const;
  const make = (name: string) => {
    vi.stubEnv('TITAN_PROCESS', name);
    return createApp({
      topology,
      signals: false,
      logger: { level: 'silent' },
      config: { netron: { port: 0, healthPort: false } },
      security: { authentication: { authenticate: async (userId: string) => ({ userId }) } },
    })
      .service(Gateway)
      .service(Users);
  };
  const [edge, core] = [make('edge'), make('core')];
  await Promise.all([edge.start(), core.start()]);
  ends.push(
    () => edge.stop(),
    () => core.stop(),
  );
  const heard: unknown[] = [];
  const eve = await Netron.create({ logLevel: 'silent', credentials: 'eve' });
  ends.push(() => eve.stop());
  const posing = defineService({
    name: 'users@1.0.0',
    methods: {
      who() {
        heard.push('asked');
        return 'eve';
      },
    },
  });
  await eve.peer.exposeService(posing);
  const peer = await eve.connect(`ws://127.0.0.1:${edge.netron!.listenPort}`);
  const gateway = await peer.queryInterface<Gateway>('gateway');
  const answers = new Set<unknown>();
  for (let turn = 0; turn < 50; turn++) answers.add(await gateway.who());
  expect([[...answers], heard]).toEqual([['the service'], []]);
});
