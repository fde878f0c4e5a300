/**
 * Three services: `auth` issues tokens, `users` has profiles and asks `auth` about logins, `gateway` is the public entry
 * point and forwards users. One process runs them all; with `TITAN_PROCESS` (`edge`, `auth` or `users`) it runs the services
 * that the topology below places there.
 */
import { JwtAuthProvider } from '@omnitron-dev/netron-auth';
import {
  type AppOptions,
  type AuthContext,
  type Caller,
  createApp,
  currentUser,
  Public,
  remote,
  TitanService,
} from '@omnitron-dev/titan';

const jwt = new JwtAuthProvider(process.env.AUTH_SECRET ?? 'a secret for examples, not for production', 'microservices');

/** Accounts by name, with a secret and roles. A database would keep a salted digest. */
const accounts: Record<string, { readonly secret: string; readonly roles: string[] }> = {
  ada: { secret: 'lovelace', roles: ['admin'] },
  bob: { secret: 'builder', roles: ['user'] },
};

@TitanService({ name: 'auth', rateLimit: { rpm: 600, by: 'address' } })
class Auth {
  readonly #logins = new Map<string, number>();

  @Public()
  async login(id: string, secret: string): Promise<string> {
    const account = Object.hasOwn(accounts, id) ? accounts[id] : undefined;
    if (account === undefined || account.secret !== secret) throw new Error('wrong name or secret');
    this.#logins.set(id, (this.#logins.get(id) ?? 0) + 1);
    return jwt.createToken({ id, roles: account.roles }, { expiresIn: 15 * 60_000 });
  }

  /** Number of logins of the caller. */
  @Public({ auth: true, fill: { 0: currentUser } })
  logins(user?: Caller<AuthContext>): number {
    return this.#logins.get(user?.userId ?? '') ?? 0;
  }
}

/** Profile of a user. */
interface Profile {
  readonly id: string;
  readonly roles: readonly string[];
  readonly logins: number;
}

@TitanService({ name: 'users', auth: true })
class Users {
  static readonly inject = [remote<Pick<Others, 'logins'>>('auth@1.0.0')] as const;
  readonly #auth: Pick<Others, 'logins'>;

  constructor(auth: Pick<Others, 'logins'>) {
    this.#auth = auth;
  }

  @Public({ fill: { 0: currentUser } })
  async profile(user?: Caller<AuthContext>): Promise<Profile> {
    return { id: user?.userId ?? '', roles: user?.roles ?? [], logins: await this.#auth.logins() };
  }

  @Public({ auth: { roles: ['admin'] }, audit: true })
  remove(id: string): string {
    return `${id} removed`;
  }
}

/** Methods of the services as other services see them. */
interface Others {
  login(id: string, secret: string): Promise<string>;
  logins(): Promise<number>;
  profile(): Promise<Profile>;
  remove(id: string): Promise<string>;
}

@TitanService({ name: 'gateway' })
class Gateway {
  static readonly inject = [remote<Others>('auth@1.0.0'), remote<Others>('users@1.0.0')] as const;
  readonly #auth: Pick<Others, 'login'>;
  readonly #users: Pick<Others, 'profile' | 'remove'>;

  constructor(auth: Others, users: Others) {
    this.#auth = auth;
    this.#users = users;
  }

  @Public()
  login(id: string, secret: string): Promise<string> {
    return this.#auth.login(id, secret);
  }

  // The call forwards its user: `users` decides, wherever it runs.
  @Public()
  profile(): Promise<Profile> {
    return this.#users.profile();
  }

  @Public()
  remove(id: string): Promise<string> {
    return this.#users.remove(id);
  }
}

/** Creates the application, or one process of it. */
export const makeApp = (options: AppOptions = {}) =>
  createApp({
    name: 'microservices',
    topology: { processes: { edge: { services: ['gateway'] }, auth: { services: ['auth'] }, users: { services: ['users'] } } },
    config: { netron: { port: Number(process.env.PORT ?? 8080), healthPort: false } },
    logger: { level: 'warn' },
    security: { authentication: jwt },
    ...options,
  })
    .service(Gateway)
    .service(Users)
    .service(Auth);
