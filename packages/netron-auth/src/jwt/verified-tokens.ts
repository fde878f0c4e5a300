import type { AuthContext } from '../identity/auth-provider.js';

/** Cache of verified tokens until they expire, with the least recently used evicted first: each signature is checked only once. */
export class VerifiedTokens {
  readonly #max: number;
  readonly #tokens = new Map<string, AuthContext>();

  /** @param max most tokens; 0 turns the cache off */
  constructor(max: number) {
    this.#max = max;
  }

  get(token: string, now: number): AuthContext | undefined {
    const found = this.#tokens.get(token);
    if (found === undefined) return undefined;
    this.#tokens.delete(token);
    if ((found.expiresAt ?? Number.POSITIVE_INFINITY) <= now) return undefined;
    this.#tokens.set(token, found);
    return found;
  }

  add(token: string, verified: AuthContext): void {
    if (this.#max === 0) return;
    this.#tokens.set(token, verified);
    if (this.#tokens.size <= this.#max) return;
    const [oldest = ''] = this.#tokens.keys();
    this.#tokens.delete(oldest);
  }
}
