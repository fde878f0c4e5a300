/** Calls as the caller's middleware sees them. */
import type { Call, CallPeer, TraceContext } from '../../middleware/call.js';
import type { MemberInfo } from '../../middleware/member.js';
import { type CallEnds, ends } from '../../middleware/watch-call.js';
import { currentCall } from '../../service/call/current-call.js';
import { type CallOptions, checkCallValues, type RepeatOptions, shortenedBy, timeOf } from '../../service/call/options.js';
import type { Clock } from '../../util/clock.js';
import { headersOf } from '../../util/headers-given.js';
import type { Ticker } from '../../util/ticker.js';
import { endResultWith } from '../streams/end-with.js';

/** The exact clock, and a cheaper one. */
export interface Time {
  readonly clock: Clock;
  readonly deadlines: Ticker;
}

/** A call whose sender sets its peer, so that middleware sees where it was sent. */
export interface SettledCall {
  peer: CallPeer;
}

/** Sends a call with the arguments and options that middleware has left. May be called again for a retry. */
export type Send = (args: unknown[], options: CallOptions | undefined, call: SettledCall) => Promise<unknown>;

/** A call as the caller's middleware sees it. Its `headers` and `trace` are sent with the call. */
export class OutgoingCall implements Call, SettledCall {
  readonly service: string;
  readonly version: string;
  readonly method: string;
  readonly args: unknown[];
  peer: CallPeer;
  trace: TraceContext | undefined;
  user: unknown = undefined;
  span: unknown = undefined;
  [ends]: CallEnds | undefined = undefined;
  private readonly send: Send;
  private readonly given: CallOptions | undefined;
  private readonly time: Time;
  /** When its time began to count. */
  private start: number | undefined = undefined;
  private sent = false;
  private ownHeaders: Record<string, string> | undefined = undefined;
  private ownSignal: AbortSignal | undefined = undefined;
  private states: Map<unknown, unknown> | undefined = undefined;

  constructor(
    member: MemberInfo,
    target: { readonly service: string; readonly method: string } | undefined,
    args: unknown[],
    peer: CallPeer,
    options: CallOptions | undefined,
    send: Send,
    time: Time,
  ) {
    this.service = target?.service ?? member.service;
    this.version = member.version;
    this.method = target?.method ?? member.name;
    this.args = args;
    this.peer = peer;
    this.time = time;
    this.trace = options?.trace;
    this.send = send;
    this.given = options;
  }

  get clock(): Clock {
    return this.time.clock;
  }

  /** Number of retries so far, of this call or of its parent call. */
  get attempt(): number {
    return (this.given as RepeatOptions | undefined)?.attempt ?? currentCall()?.attempt ?? 0;
  }

  /** Key by which a repeat of the same call is recognized. */
  get idempotencyKey(): string | undefined {
    return this.given?.idempotencyKey;
  }

  /** Deadline of the call. Its time counts from the first access. */
  get deadline(): number | undefined {
    const ms = timeOf(this.given, Infinity);
    if (ms === Infinity) return undefined;
    this.start ??= this.time.clock.now();
    return this.start + ms;
  }

  /** Starts the call's time once the synchronous part of middleware is done; exact, unless the call has been sent by then. */
  begun(): void {
    if (this.given === undefined || this.start !== undefined || timeOf(this.given, Infinity) === Infinity) return;
    const { clock, deadlines } = this.time;
    // Sending a call starts the ticker, unless the call waits for a connection.
    this.start = this.sent && deadlines.size > 0 ? deadlines.now + deadlines.period : clock.now();
  }

  /** Sends the call as `call`, which is itself or derived from it; possibly not for the first time. */
  sendAs(call: Call): Promise<unknown> {
    this.sent = true;
    const left = this.left(call, call === this ? this.options : this.derived(call));
    if (left !== undefined && left !== this.given) checkCallValues(left);
    const sent = this.send(call.args, left, this);
    const signal = this.given?.signal;
    // The signal of a derived call ends with its attempt. A stream outlives it and ends with the caller's own signal.
    if (call !== this && signal !== undefined) sent.then((result) => endResultWith(result, signal)).catch(() => {});
    return sent;
  }

  get headers(): Record<string, string> {
    this.ownHeaders ??= { ...headersOf(this.given?.headers ?? {}) };
    return this.ownHeaders;
  }

  /** Aborts when the caller cancels. */
  get signal(): AbortSignal {
    this.ownSignal ??= this.given?.signal ?? new AbortController().signal;
    return this.ownSignal;
  }

  get state(): Map<unknown, unknown> {
    this.states ??= new Map();
    return this.states;
  }

  /** Returns the options with the time that is left. */
  private left(call: Call, options: RepeatOptions | undefined): RepeatOptions | undefined {
    const changed = call === this ? undefined : call.deadline;
    // No deadline was read: the call still has all of its time.
    if (this.start === undefined && changed === undefined) return options;
    const now = this.time.clock.now();
    const own = this.start === undefined ? options : shortenedBy(now - this.start, options);
    // A deadline set by middleware is sent to the callee; the call's own is sent only when `timeout` was given.
    return changed === undefined || changed === this.deadline ? own : { ...own, timeout: Math.max(0, changed - now) };
  }

  /** Returns the options for a call derived from this one. */
  private derived(call: Call): RepeatOptions {
    const { attempt = 0 } = call;
    return { ...this.options, signal: call.signal, ...(attempt > 0 && { attempt }) };
  }

  /** The options for sending, with the changes by middleware. */
  private get options(): CallOptions | undefined {
    const { trace, given, ownHeaders } = this;
    if (ownHeaders === undefined && trace === given?.trace) return given;
    return {
      ...given,
      ...(trace !== undefined && { trace }),
      ...(ownHeaders !== undefined && { headers: ownHeaders }),
    };
  }
}
