import { type SessionOptions, sessionBounds } from '../peer/session/session-options.js';
import { Sessions } from '../peer/session/sessions.js';
import type { ClientPart } from './part.js';

/**
 * Part of a client that asks for a session: what is under way when the connection is lost goes on over the next one.
 *
 * @throws RangeError for bounds that cannot be
 */
export function sessions(options: SessionOptions = {}): ClientPart {
  const bounds = sessionBounds(options, {});
  return {
    name: 'sessions',
    install(client) {
      client.sessions = new Sessions(client, bounds);
    },
  };
}
