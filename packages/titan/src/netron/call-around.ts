import { type CallContext, getCallContext } from '@omnitron-dev/netron';

/** Returns the call in progress; `undefined` outside of one. */
export function callAround(): CallContext | undefined {
  try {
    return getCallContext();
  } catch {
    return undefined;
  }
}

/** Returns fields of the call in progress, for log lines; `undefined` outside of one. */
export function callFacts(): object | undefined {
  const call = callAround();
  if (!call) return undefined;
  const { service, method, peer, trace } = call;
  return { service, method, peer: peer?.id, ...(trace ? { trace: trace.traceparent.slice(3, 35) } : {}) };
}
