import { type SessionOptions, sessionBounds } from '../peer/session/session-options.js';
import { Sessions } from '../peer/session/sessions.js';
import type { ClientPart } from './part.js';

/**
 * Part of a client that requests a session: calls and streams in flight when the connection is lost continue over the next one.
 *
 * @throws RangeError for invalid bounds
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
