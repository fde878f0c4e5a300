import { reconnectSettings } from '../node/checked-options.js';
import type { NetronConnectOptions } from '../node/options.js';
import { Dialer } from '../peer/dialer.js';
import { heartbeatPart } from '../peer/link/heartbeat-part.js';
import { reconnectPart } from '../peer/reconnect-part.js';
import { Definitions } from '../peer/references/definitions.js';
import { onlyOptions } from '../util/only-options.js';
import type { OptionNames } from '../util/option-names.js';
import type { ClientPart } from './part.js';

/** Options of the part `reconnect`. */
export type ReconnectOptions = Pick<NetronConnectOptions, 'maxReconnectAttempts' | 'reconnectDelay'>;

const names: OptionNames<ReconnectOptions> = { maxReconnectAttempts: true, reconnectDelay: true };

/**
 * Part of a client that stays connected until `peer.disconnect()`. It detects silence, reconnects when the connection is lost or the node
 * leaves, restores services and subscriptions, lets calls wait meanwhile, and presents the credentials again before the identity
 * expires. Without it the peer is closed with its one connection, and calls fail with `unavailable`.
 *
 * @throws RangeError for times and attempts that are not numbers from 0; TypeError for unknown options
 */
export function reconnect(options: ReconnectOptions = {}): ClientPart {
  onlyOptions('reconnect', options, names);
  const settings = reconnectSettings(options);
  return {
    name: 'reconnect',
    install(client) {
      client.reconnect = reconnectPart;
      // This reader recognizes whether a service is unchanged after a reconnect.
      client.definitions = new Definitions();
      client.parts.heartbeat = heartbeatPart;
      client.dialer = (given) =>
        new Dialer({
          ...given,
          settings: { ...given.settings, ...settings, session: client.sessions?.bounds },
          renamed: (peer, id) => peer.rename(id, id),
        });
    },
  };
}
