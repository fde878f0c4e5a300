/** Calls as the caller's middleware sees them: receives what is about to be sent, hands on what middleware lets pass. */
import type { Call, CallPeer, TraceContext } from '../../middleware/call.js';
import type { MemberInfo } from '../../middleware/member.js';
import { type CallEnds, ends } from '../../middleware/watch-call.js';
import { currentCall } from '../../service/call/current-call.js';
import { type CallOptions, checkCallValues, type RepeatOptions } from '../../service/call/options.js';
import { headersOf } from '../../util/check.js';
import type { Clock } from '../../util/clock.js';
import type { Ticker } from '../../util/ticker.js';
import { endResultWith } from '../streams/end-with.js';

/** The time, exactly and at hand. */
export interface Time {
  readonly clock: Clock;
  readonly deadlines: Ticker;
}

/** A call whose peer whoever sends it may settle: middleware then sees whom it went to. */
export interface SettledCall {
  peer: CallPeer;
}

/** Sends a call with the arguments and options that middleware has left it. May be asked again. */
export type Send = (args: unknown[], options: CallOptions | undefined, call: SettledCall) => Promise<unknown>;

/** A call as the caller's middleware sees it. What middleware puts into `headers` and `trace` travels. */
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
  private end: number | undefined = undefined;
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

  /** Repeats of the call, or of the call that it is made for, so far. */
  get attempt(): number {
    return (this.given as RepeatOptions | undefined)?.attempt ?? currentCall()?.attempt ?? 0;
  }

  /** End of the call's time. It counts from when somebody first asks. */
  get deadline(): number | undefined {
    const { timeout } = this.given ?? {};
    if (timeout !== undefined) this.end ??= this.time.clock.now() + timeout;
    return this.end;
  }

  /** Middleware has done what it does at once: the call's time counts, exactly unless the call was sent meanwhile. */
  begun(): void {
    const { timeout } = this.given ?? {};
    if (timeout === undefined || this.end !== undefined) return;
    const { clock, deadlines } = this.time;
    // A call that was sent has set the ticker going, but when it waits for a connection.
    this.end = timeout + (this.sent && deadlines.size > 0 ? deadlines.now + deadlines.period : clock.now());
  }

  /** Sends it as `call`, which is itself, or was derived from it; not for the first time, perhaps. */
  sendAs(call: Call): Promise<unknown> {
    this.sent = true;
    // Sent at once, without anybody having asked for its deadline: it has all of its time.
    const deadline = call === this ? this.end : call.deadline;
    const options = call === this ? this.options : this.derived(call);
    const left = deadline === undefined ? options : { ...options, timeout: Math.max(0, deadline - this.time.clock.now()) };
    if (left !== undefined && left !== this.given) checkCallValues(left);
    const sent = this.send(call.args, left, this);
    const signal = this.given?.signal;
    // The signal of a derived call ends with its attempt; a stream goes on, and ends with the caller's own.
    if (call !== this && signal !== undefined) sent.then((result) => endResultWith(result, signal)).catch(() => {});
    return sent;
  }

  get headers(): Record<string, string> {
    this.ownHeaders ??= { ...headersOf(this.given?.headers ?? {}) };
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

  /** The options that a call derived from this one is sent with. */
  private derived(call: Call): RepeatOptions {
    const { attempt = 0 } = call;
    return { ...this.options, signal: call.signal, ...(attempt > 0 && { attempt }) };
  }

  /** The options the call is sent with, as middleware has left them. */
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
