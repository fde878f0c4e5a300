import type { Call, CallPeer, TraceContext } from '../middleware/call.js';
import type { CallOptions } from '../service/call-options.js';
import type { ServiceDefinition } from '../service/definition.js';

/** A call as the caller's middleware sees it. What middleware puts into `headers` and `trace` travels. */
export class OutgoingCall implements Call {
  readonly method: string;
  readonly args: unknown[];
  readonly peer: CallPeer;
  readonly headers: Record<string, string>;
  readonly deadline: number | undefined = undefined;
  trace: TraceContext | undefined;
  user: unknown = undefined;
  span: unknown = undefined;
  readonly #definition: ServiceDefinition;
  readonly #options: CallOptions | undefined;
  #state: Map<unknown, unknown> | undefined;

  constructor(definition: ServiceDefinition, method: string, args: unknown[], peer: CallPeer, options: CallOptions | undefined) {
    this.#definition = definition;
    this.method = method;
    this.args = args;
    this.peer = peer;
    this.#options = options;
    this.headers = { ...options?.headers };
    this.trace = options?.trace;
  }

  get service(): string {
    return this.#definition.name;
  }

  get version(): string {
    return this.#definition.version;
  }

  /** Aborts when the caller gives up. */
  get signal(): AbortSignal {
    return this.#options?.signal ?? new AbortController().signal;
  }

  get state(): Map<unknown, unknown> {
    this.#state ??= new Map();
    return this.#state;
  }

  /** The options the call is sent with, as middleware has left them. */
  get options(): CallOptions | undefined {
    const { trace, headers } = this;
    if (this.#options === undefined && trace === undefined && Object.keys(headers).length === 0) return undefined;
    return { ...this.#options, ...(trace !== undefined && { trace }), ...(Object.keys(headers).length > 0 && { headers }) };
  }
}
