/**
 * The chain of middleware in front of the calls of a node. It runs before a peer is chosen: the function that sends the call chooses it
 * and sets it on the call.
 */
import type { Call, CallPeer, Handler, Middleware } from '../../middleware/call.js';
import { compose } from '../../middleware/compose.js';
import { originalCall } from '../../middleware/derived-call.js';
import { type MemberInfo, plainMember } from '../../middleware/member.js';
import type { CallOptions } from '../../service/call/options.js';
import { callPromiseOf, failedCall } from './call-promise.js';
import { OutgoingCall, type Send, type Time } from './outgoing-call.js';

/** Stands for the peer of a call until one is chosen. */
export const unsettledPeer: CallPeer = Object.freeze({ id: '', identity: undefined });

/** Most task names whose chains are cached. */
const maxTasks = 1_024;

export class OutgoingChain {
  readonly #middleware: readonly Middleware[];
  readonly #time: Time;
  readonly #composed = new WeakMap<MemberInfo, Handler>();
  readonly #tasks = new Map<string, MemberInfo>();

  /** @param middleware at least one, outermost first */
  constructor(middleware: readonly Middleware[], time: Time) {
    this.#middleware = middleware;
    this.#time = time;
  }

  /** Returns a chain with further middleware inside. */
  with(inner: Middleware): OutgoingChain {
    return new OutgoingChain([...this.#middleware, inner], this.#time);
  }

  /**
   * Passes a call through the middleware to `send`. Failures reject the promise.
   *
   * @param member for which middleware is composed, once
   * @param peer target of the call; `unsettledPeer` when `send` chooses
   * @param send sends the call with the arguments and options that middleware has left; may be called again
   * @param target name of the call, when it differs from the member's
   */
  invoke(
    member: MemberInfo,
    args: unknown[],
    options: CallOptions | undefined,
    peer: CallPeer,
    send: Send,
    target: { readonly service: string; readonly method: string } | undefined = undefined,
  ): Promise<unknown> {
    let handler = this.#composed.get(member);
    if (handler === undefined) {
      try {
        handler = compose(this.#middleware, sendAs, member);
      } catch (error) {
        return failedCall(error);
      }
      this.#composed.set(member, handler);
    }
    // No middleware applies to this member.
    if (handler === sendAs) return send(args, options, { peer });
    try {
      const call = new OutgoingCall(member, target, args, peer, options, send, this.#time);
      const result = handler(call);
      call.begun();
      return callPromiseOf(result);
    } catch (error) {
      return failedCall(error);
    }
  }

  /** Returns the member for a task of a peer; the same one for the same name. */
  task(name: string): MemberInfo {
    let member = this.#tasks.get(name);
    if (member === undefined) {
      member = plainMember('netron', `task ${name}`, 'method', '1.0.0');
      if (this.#tasks.size >= maxTasks) this.#tasks.delete(this.#tasks.keys().next().value as string);
      this.#tasks.set(name, member);
    }
    return member;
  }
}

/** Member for calls on pending results, whose names are known only from the calls themselves. */
export const pipelinedMember: MemberInfo = plainMember('result', '*');

function sendAs(call: Call): Promise<unknown> {
  const made = originalCall(call);
  if (made instanceof OutgoingCall) return made.sendAs(call);
  throw new TypeError('next() must be called with the call that the middleware received, or one derived from it by deriveCall()');
}
