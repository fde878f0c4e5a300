/** Waits to know the user that is spoken for: a source of tokens may never say. Loaded with the queue and with live data. */
import { orAborted } from '../util/limit.js';
import type { Credentials } from './credentials.js';
import type { Principal } from './principal.js';

/** The user that is spoken for, with their name in keys. */
export interface Present {
  readonly principal: Principal;
  readonly owner: string;
}

/**
 * Waits to know who is spoken for, and for somebody else where they are named before that.
 *
 * @throws NetronError `unavailable` once the peer is closed; what the source of tokens fails with
 */
export async function present(credentials: Credentials): Promise<Present> {
  for (;;) {
    const principal = credentials.principal();
    const owner = await orAborted(Promise.resolve(principal.owner()), principal.over).catch((error: unknown) => {
      if (!principal.ended) throw error;
    });
    if (owner !== undefined && !principal.ended) return { principal, owner };
  }
}
