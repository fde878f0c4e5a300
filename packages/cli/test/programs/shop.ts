/** An application of three services, which its topology distributes among processes. */
import { type AuthContext, type Caller, createApp, currentUser, Public, remote, Stream, TitanService } from '@omnitron-dev/titan';

@TitanService({ name: 'auth' })
class Auth {
  @Public()
  secret(user: string) {
    return `secret of ${user}`;
  }
  @Public()
  pid() {
    return process.pid;
  }
  @Public()
  crash() {
    process.kill(process.pid, 'SIGKILL');
  }
}

interface AuthClient {
  secret(user: string): Promise<string>;
  pid(): Promise<number>;
  crash(): Promise<void>;
}

@TitanService({ name: 'users', auth: true })
class Users {
  static readonly inject = [remote<AuthClient>('auth@1.0.0')] as const;
  readonly #auth: AuthClient;
  constructor(auth: AuthClient) {
    this.#auth = auth;
  }
  @Public({ fill: { 0: currentUser } })
  me(user?: Caller<AuthContext>) {
    return this.#auth.secret(user!.userId);
  }
  @Public({ auth: { roles: ['admin'] } })
  remove() {
    return 'removed';
  }
  @Public()
  @Stream()
  async *list(count: number) {
    for (let n = 1; n <= count; n++) yield { n, pid: process.pid };
  }
  @Public()
  fail() {
    throw new RangeError('out of range');
  }
}

interface UsersClient {
  me(): Promise<string>;
  remove(): Promise<string>;
  list(count: number): AsyncIterable<{ n: number; pid: number }>;
  fail(): Promise<never>;
}

@TitanService({ name: 'gateway' })
class Gateway {
  static readonly inject = [remote<UsersClient>('users@1.0.0'), remote<AuthClient>('auth@1.0.0')] as const;
  readonly #users: UsersClient;
  readonly #auth: AuthClient;
  constructor(users: UsersClient, auth: AuthClient) {
    this.#users = users;
    this.#auth = auth;
  }
  @Public()
  me() {
    return this.#users.me();
  }
  @Public()
  remove() {
    return this.#users.remove();
  }
  @Public()
  async *list(count: number) {
    for await (const { n } of this.#users.list(count)) yield n;
  }
  @Public()
  async fail() {
    const error = await this.#users.fail().catch((thrown: Error) => thrown);
    return [error instanceof RangeError, (error as Error).message];
  }
  @Public()
  async pids() {
    let users = 0;
    for await (const { pid } of this.#users.list(1)) users = pid;
    return { gateway: process.pid, users, auth: await this.#auth.pid() };
  }
  @Public()
  async crash() {
    await this.#auth.crash().catch(() => {});
  }
}

const people: Record<string, AuthContext> = { ada: { userId: 'ada', roles: ['admin'] }, bob: { userId: 'bob' } };
const {
  SHOP_TOPOLOGY = 'titan.topology.yaml',
  SHOP_PORT = '0',
  SHOP_REDIS,
  SHOP_HEALTH,
  SHOP_TCP,
  SHOP_REFUSES,
  TITAN_PROCESS,
  TITAN_INDEX,
} = process.env;

// Loaded on demand: the other variants need no Redis.
const discovery = SHOP_REDIS && (await import('../../../netron-redis/src/index.js')).redisDiscovery(SHOP_REDIS);

export const makeApp = () => {
  const app = createApp({
    name: 'shop',
    topology: SHOP_TOPOLOGY,
    logger: { level: 'warn' },
    config: {
      netron: {
        port: SHOP_REFUSES && SHOP_REFUSES === TITAN_PROCESS ? 'none' : Number(SHOP_PORT),
        ...(SHOP_TCP && { transports: { tcp: { port: Number(SHOP_TCP) } } }),
        healthPort: SHOP_HEALTH ? Number(SHOP_HEALTH) : false,
      },
    },
    netron: discovery ? { discovery } : {},
    security: { authentication: { authenticate: async (token) => people[token] ?? Promise.reject(new Error('unknown')) } },
  });
  for (const service of [Gateway, Users, Auth]) app.service(service);
  app.use(
    class Announcement {
      onReady() {
        const tcp = app.netron?.addresses.find((address) => address.startsWith('tcp:'));
        console.log(`ready ${TITAN_PROCESS ?? 'all'} ${TITAN_INDEX ?? 0} ${process.pid} ${app.healthPort} ${tcp}`);
      }
    },
  );
  return app;
};
