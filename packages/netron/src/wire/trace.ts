/** W3C Trace Context of a call. Nothing in it is checked here. */
export interface Trace {
  readonly traceparent?: string | undefined;
  readonly tracestate?: string | undefined;
}

/** Characters of the longest trace that calls may name: naming it costs nothing, and whoever reads that may pass all of it on. */
const longestNamed = 1_024;

/** Returns the trace that further calls of a message may name instead of having it; `undefined` for one that is too long. */
export function namedTrace({ traceparent, tracestate }: Trace): Trace | undefined {
  const length = (traceparent?.length ?? 0) + (tracestate?.length ?? 0);
  return length > longestNamed ? undefined : { traceparent, tracestate };
}
