import { flowPart } from '../peer/link/flow-part.js';
import { longMessagePart } from '../peer/link/long-message-part.js';
import type { ClientPart } from './part.js';

/**
 * Part of a client for messages up to 16 MiB, which are sent in fragments so that other messages can pass. Without it a message is sent
 * whole and has at most 1 MiB in either direction, unless the option `limits.message` of its receiver differs.
 */
export function longMessages(): ClientPart {
  return {
    name: 'longMessages',
    install({ parts }) {
      parts.longMessages = longMessagePart;
      parts.flow = flowPart;
    },
  };
}
