import { flowPart } from '../peer/link/flow-part.js';
import { longMessagePart } from '../peer/link/long-message-part.js';
import type { ClientPart } from './part.js';

/**
 * Part of a client for messages up to 16 MiB, which go in parts and let others pass. Without it a message has 1 MiB at most in
 * either direction, unless the option `limits.message` of its receiver says otherwise, and goes whole.
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
