/** Waits for the name of the current user, which a source of tokens may delay forever. Loaded with the queue and with live data. */
import { orAborted } from '../util/limit.js';
import type { Credentials } from './credentials.js';
import type { Principal } from './principal.js';

/** The current user and their name in keys. */
export interface CurrentUser {
  readonly principal: Principal;
  readonly owner: string;
}

/**
 * Waits for the name of the current user. When the user changes in the meantime, waits for the new one.
 *
 * @throws NetronError `unavailable` once the peer is closed; the error of the source of tokens
 */
export async function currentUser(credentials: Credentials): Promise<CurrentUser> {
  for (;;) {
    const principal = credentials.principal();
    const owner = await orAborted(Promise.resolve(principal.owner()), principal.over).catch((error: unknown) => {
      if (!principal.ended) throw error;
    });
    if (owner !== undefined && !principal.ended) return { principal, owner };
  }
}
