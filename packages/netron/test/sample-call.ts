import type { Call } from '../src/index.js';
import { VirtualClock } from '../src/testing/virtual-clock.js';

/** A call for tests of middleware; what is not given is empty. */
export function sampleCall(given: Partial<Call> = {}): Call {
  return {
    service: 'calc',
    version: '1.0.0',
    method: 'add',
    args: [],
    peer: { id: 'peer', identity: undefined },
    headers: {},
    clock: new VirtualClock(),
    deadline: undefined,
    signal: new AbortController().signal,
    trace: undefined,
    user: undefined,
    span: undefined,
    state: new Map(),
    ...given,
  };
}
