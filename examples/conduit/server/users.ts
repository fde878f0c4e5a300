import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';
import { Contract, defineService, NetronError, ValidationError, withAnnotations } from '@omnitron-dev/netron';
import { Cache, Invalidates } from '@omnitron-dev/netron/http';
import type { Profile, Registration, User } from '../src/contract.ts';
import { type Caller, callerName, requireCaller } from './caller.ts';
import { registration } from './schemas.ts';

interface Account extends User {
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/** Accounts and the tokens of logged-in users, in memory. */
export class Accounts {
  readonly #accounts = new Map<string, Account>();
  readonly #tokens = new Map<string, string>();
  readonly #followed = new Map<string, Set<string>>();

  /** Returns the user of a token; unknown tokens have none. */
  readonly authenticate = (token: unknown): Caller => ({ name: this.#tokens.get(String(token)) });

  /** Whether one user follows another. */
  follows(follower: string | undefined, name: string): boolean {
    return this.#followed.get(follower ?? '')?.has(name) ?? false;
  }

  readonly service = defineService({
    name: 'users@1.0.0',
    methods: {
      register: withAnnotations(
        ({ name, email, password }: Registration) => {
          const taken = (field: 'name' | 'email', value: string) => {
            if (![...this.#accounts.values()].some((account) => account[field] === value)) return;
            const issues = [{ path: `input.${field}`, message: 'is taken' }];
            throw new ValidationError(`${field} is taken`, { details: { issues } });
          };
          taken('name', name);
          taken('email', email);
          const salt = randomBytes(16);
          this.#accounts.set(email, { name, email, salt, hash: scryptSync(password, salt, 32) });
          return this.#enter(name);
        },
        Contract({ input: registration }),
      ),
      login: (email: string, password: string) => {
        const account = this.#accounts.get(email);
        if (account === undefined || !timingSafeEqual(account.hash, scryptSync(password, account.salt, 32)))
          throw new NetronError('invalid_argument', 'email or password is wrong');
        return this.#enter(account.name);
      },
      current: withAnnotations(
        (): User => {
          const name = requireCaller();
          const { email } = [...this.#accounts.values()].find((account) => account.name === name) as Account;
          return { name, email };
        },
        Cache({ ttl: 3_600, tags: ['users'] }),
      ),
      profile: withAnnotations(
        (name: string): Profile => ({ name, followed: this.follows(callerName(), name) }),
        Cache({ ttl: 3_600, tags: ['follows'] }),
      ),
      follow: withAnnotations(
        (name: string, on: boolean): Profile => {
          const follower = requireCaller();
          const names = this.#followed.get(follower) ?? new Set();
          this.#followed.set(follower, names);
          if (on) names.add(name);
          else names.delete(name);
          return { name, followed: on };
        },
        Invalidates(['follows']),
      ),
    },
  });

  #enter(name: string): string {
    const token = randomBytes(24).toString('base64url');
    this.#tokens.set(token, name);
    return token;
  }
}
