import { callPromises } from '../peer/calls/call-promise.js';
import { Pipelining } from '../peer/calls/pipelining.js';
import { handlePart } from '../peer/references/handle-part.js';
import type { ClientPart } from './part.js';

/**
 * Part of a client by which results are called before they are there, `api.auth(token).profile().avatar()`, and are arguments of
 * other calls (`resultOf`): all in one round trip. Without it the result of a call is a promise and nothing else.
 */
export function pipelining(): ClientPart {
  return {
    name: 'pipelining',
    install({ parts }) {
      parts.promises = callPromises;
      parts.handles = handlePart;
      parts.pipelining = (link, pending, calls) => new Pipelining(link, pending, calls);
    },
  };
}
