import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';
import { defineService, NetronError, withAnnotations } from '@omnitron-dev/netron';
import { Cache } from '@omnitron-dev/netron/http';
import type { User } from '../src/contract.ts';
import { type Caller, requireCaller } from './caller.ts';

interface Account extends User {
  readonly salt: Buffer;
  readonly hash: Buffer;
}

/** Accounts and the tokens of those who are logged in, in memory. */
export class Accounts {
  readonly #accounts = new Map<string, Account>();
  readonly #tokens = new Map<string, string>();

  /** Who a token stands for. Unknown tokens stand for nobody. */
  readonly authenticate = (token: unknown): Caller => ({ name: this.#tokens.get(String(token)) });

  readonly service = defineService({
    name: 'users@1.0.0',
    methods: {
      register: (name: string, email: string, password: string) => {
        if (!/^[\w-]{1,30}$/.test(name))
          throw new NetronError('invalid_argument', 'a name has letters, digits and hyphens, 30 at most');
        if (password.length < 8) throw new NetronError('invalid_argument', 'expected a password of 8 characters or more');
        const taken = [...this.#accounts.values()].some((account) => account.name === name || account.email === email);
        if (taken) throw new NetronError('already_exists', 'name or email is taken');
        const salt = randomBytes(16);
        this.#accounts.set(email, { name, email, salt, hash: scryptSync(password, salt, 32) });
        return this.#enter(name);
      },
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
    },
  });

  #enter(name: string): string {
    const token = randomBytes(24).toString('base64url');
    this.#tokens.set(token, name);
    return token;
  }
}
