import { traceCall } from '../peer/calls/traced-call.js';
import type { ClientPart } from './part.js';

/** Part of a client that tells the channel `netron:request` of the calls it makes, in runtimes with diagnostics channels. */
export function observation(): ClientPart {
  return {
    name: 'observation',
    install({ parts }) {
      parts.observe = traceCall;
    },
  };
}
