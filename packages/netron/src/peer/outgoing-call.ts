import type { Call, CallPeer, TraceContext } from '../middleware/call.js';
import { originalCall } from '../middleware/derived-call.js';
import { type CallOptions, checkCallOptions } from '../service/call-options.js';
import type { ServiceDefinition } from '../service/definition.js';
import type { Clock } from '../util/clock.js';

/** A call as the caller's middleware sees it. What middleware puts into `headers` and `trace` travels. */
export class OutgoingCall implements Call {
  readonly method: string;
  readonly args: unknown[];
  readonly peer: CallPeer;
  readonly deadline: number | undefined = undefined;
  trace: TraceContext | undefined;
  user: unknown = undefined;
  span: unknown = undefined;
  private readonly definition: ServiceDefinition;
  private readonly given: CallOptions | undefined;
  private ownHeaders: Record<string, string> | undefined = undefined;
  private states: Map<unknown, unknown> | undefined = undefined;

  constructor(definition: ServiceDefinition, method: string, args: unknown[], peer: CallPeer, options: CallOptions | undefined) {
    this.definition = definition;
    this.method = method;
    this.args = args;
    this.peer = peer;
    this.given = options;
    this.trace = options?.trace;
  }

  get service(): string {
    return this.definition.name;
  }

  get version(): string {
    return this.definition.version;
  }

  get headers(): Record<string, string> {
    this.ownHeaders ??= { ...this.given?.headers };
    return this.ownHeaders;
  }

  /** Aborts when the caller gives up. */
  get signal(): AbortSignal {
    return this.given?.signal ?? new AbortController().signal;
  }

  get state(): Map<unknown, unknown> {
    this.states ??= new Map();
    return this.states;
  }

  /** The options the call is sent with, as middleware has left them. */
  get options(): CallOptions | undefined {
    const { trace, given, ownHeaders } = this;
    if (ownHeaders === undefined && trace === given?.trace) return given;
    const options: CallOptions = {
      ...given,
      ...(trace !== undefined && { trace }),
      ...(ownHeaders !== undefined && { headers: ownHeaders }),
    };
    checkCallOptions(options);
    return options;
  }
}

/** What a call is sent with, when middleware may have derived it from the one that the caller made. */
export function optionsOf(call: Call, clock: Clock): CallOptions | undefined {
  const made = originalCall(call) as OutgoingCall;
  const { options } = made;
  if (call === made) return options;
  const { deadline, signal } = call;
  if (deadline === undefined) return { ...options, signal };
  return { ...options, signal, timeout: Math.min(options?.timeout ?? Infinity, Math.max(0, deadline - clock.now())) };
}
