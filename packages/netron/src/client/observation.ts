import { traceCall } from '../peer/calls/traced-call.js';
import type { ClientPart } from './part.js';

/** Part of a client that publishes the calls it makes on the diagnostics channel `netron:request`, in runtimes that have such channels. */
export function observation(): ClientPart {
  return {
    name: 'observation',
    install({ parts }) {
      parts.observe = traceCall;
    },
  };
}
