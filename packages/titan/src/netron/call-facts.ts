import { getCallContext } from '@omnitron-dev/netron';

/** Facts of the call that is being answered, for log lines; `undefined` outside of one. */
export function callFacts(): object | undefined {
  const call = current();
  if (!call) return undefined;
  const { service, method, peer, trace } = call;
  return { service, method, peer: peer?.id, ...(trace ? { trace: trace.traceparent.slice(3, 35) } : {}) };
}

function current() {
  try {
    return getCallContext();
  } catch {
    return undefined;
  }
}
