import { callPromises } from '../peer/calls/call-promise.js';
import { Pipelining } from '../peer/calls/pipelining.js';
import { handlePart } from '../peer/references/handle-part.js';
import type { ClientPart } from './part.js';

/**
 * Part of a client for pipelining: members of a result can be called before it has arrived, `api.auth(token).profile().avatar()`, and it
 * can be an argument of other calls (`resultOf`), all in one round trip. Without it the result of a call is a plain promise.
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
