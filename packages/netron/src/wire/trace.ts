/** W3C Trace Context of a call. Its content is not checked here. */
export interface Trace {
  readonly traceparent?: string | undefined;
  readonly tracestate?: string | undefined;
}

/** Most characters of a trace that calls may refer to: a reference costs nothing, but the receiver may pass on all of the trace. */
const longestNamed = 1_024;

/** Returns the trace that further calls of a message may refer to; `undefined` when it is too long. */
export function namedTrace({ traceparent, tracestate }: Trace): Trace | undefined {
  const length = (traceparent?.length ?? 0) + (tracestate?.length ?? 0);
  return length > longestNamed ? undefined : { traceparent, tracestate };
}
