/** Calls as the caller's middleware sees them: receives what is about to be sent, hands on what middleware lets pass. */
import type { Call, CallPeer, Middleware, TraceContext } from '../middleware/call.js';
import { compose } from '../middleware/compose.js';
import { originalCall } from '../middleware/derived-call.js';
import type { CallOptions } from '../service/call-options.js';
import type { ServiceDefinition } from '../service/definition.js';
import type { Clock } from '../util/clock.js';

/** Sends a call with the arguments and options that middleware has left it. May be asked again. */
export type Send = (args: unknown[], options: CallOptions | undefined) => Promise<unknown>;

/** Hands a call through the node's middleware to `send`; answers with the result or a promise of it, or throws. */
export type Around = (
  definition: Pick<ServiceDefinition, 'name' | 'version'>,
  method: string,
  args: unknown[],
  options: CallOptions | undefined,
  send: Send,
) => unknown;

/** What stands around all calls to `peer`; `undefined` when nothing does. */
export function aroundCalls(middleware: readonly Middleware[], peer: CallPeer, clock: Clock): Around | undefined {
  if (middleware.length === 0) return undefined;
  const handler = compose(middleware, (call) => {
    const made = originalCall(call);
    if (made instanceof OutgoingCall) return made.send(call.args, optionsOf(call, made, clock));
    throw new TypeError('next() takes the call that middleware was given, or one made of it by deriveCall()');
  });
  return (definition, method, args, options, send) =>
    handler(new OutgoingCall(definition, method, args, peer, options, send, clock));
}

/** A call as the caller's middleware sees it. What middleware puts into `headers` and `trace` travels. */
class OutgoingCall implements Call {
  readonly service: string;
  readonly version: string;
  readonly method: string;
  readonly args: unknown[];
  readonly peer: CallPeer;
  readonly deadline: number | undefined;
  trace: TraceContext | undefined;
  user: unknown = undefined;
  span: unknown = undefined;
  readonly send: Send;
  private readonly given: CallOptions | undefined;
  private ownHeaders: Record<string, string> | undefined = undefined;
  private ownSignal: AbortSignal | undefined = undefined;
  private states: Map<unknown, unknown> | undefined = undefined;

  constructor(
    { name, version }: Pick<ServiceDefinition, 'name' | 'version'>,
    method: string,
    args: unknown[],
    peer: CallPeer,
    options: CallOptions | undefined,
    send: Send,
    clock: Clock,
  ) {
    this.service = name;
    this.version = version;
    this.method = method;
    this.args = args;
    this.peer = peer;
    this.deadline = options?.timeout === undefined ? undefined : clock.now() + options.timeout;
    this.trace = options?.trace;
    this.send = send;
    this.given = options;
  }

  get headers(): Record<string, string> {
    this.ownHeaders ??= { ...this.given?.headers };
    return this.ownHeaders;
  }

  /** Aborts when the caller gives up. */
  get signal(): AbortSignal {
    this.ownSignal ??= this.given?.signal ?? new AbortController().signal;
    return this.ownSignal;
  }

  get state(): Map<unknown, unknown> {
    this.states ??= new Map();
    return this.states;
  }

  /** The options the call is sent with, as middleware has left them. */
  get options(): CallOptions | undefined {
    const { trace, given, ownHeaders } = this;
    if (ownHeaders === undefined && trace === given?.trace) return given;
    return {
      ...given,
      ...(trace !== undefined && { trace }),
      ...(ownHeaders !== undefined && { headers: ownHeaders }),
    };
  }
}

/** What a call is sent with, when middleware may have derived it from the one that was made, and may send it again. */
function optionsOf(call: Call, made: OutgoingCall, clock: Clock): CallOptions | undefined {
  const { options } = made;
  const { deadline } = call;
  const derived = call === made ? options : { ...options, signal: call.signal };
  return deadline === undefined ? derived : { ...derived, timeout: Math.max(0, deadline - clock.now()) };
}
