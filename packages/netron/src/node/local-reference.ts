/**
 * Services and functions that a call within the node has returned, as its caller sees them. They behave like those of another
 * node: methods return promises, `using` releases them, and read-only properties stay read-only.
 */

import { NetronError } from '../errors/netron-error.js';
import { withOutcome } from '../errors/outcome.js';
import { failedCall, plainCallPromise } from '../peer/calls/call-promise.js';
import type { EventListener } from '../peer/events/outgoing-subscriptions.js';
import type { BoundMember, BoundService } from '../service/call/bound-service.js';
import type { CallOptions } from '../service/call/options.js';
import { createProxy, type ProxyTarget, target, targetOf } from '../service/call/proxy.js';
import { serviceStream } from '../service/call/service-stream.js';

/** Members of the local peer that its references use. */
export interface ReferringPeer {
  readonly id: string;
  /** Returns the public members of a service object or a function; `undefined` for anything else. */
  boundOf(value: object): BoundService | undefined;
  /** Runs a member as a call of this node. */
  answer(member: BoundMember, args: unknown[], options: CallOptions | undefined): Promise<unknown>;
  /** Subscribes to events of a service object. */
  listen(service: object, event: string, listener: EventListener): () => void;
  reportError(error: unknown): void;
}

/** References that one local peer has handed out. */
export class LocalReferences {
  readonly #peer: ReferringPeer;
  /** References by the objects they stand for: all callers share one until it is released. */
  readonly #shown = new WeakMap<object, object>();
  /** Whether any reference exists; if not, arguments need not be searched for them. */
  #any = false;

  constructor(peer: ReferringPeer) {
    this.#peer = peer;
  }

  /** Returns the caller's view of a result: a reference for a service object or a function, anything else unchanged. */
  show(result: unknown): unknown {
    if (typeof result !== 'function' && (typeof result !== 'object' || result === null)) return result;
    // The first item decides for the whole array: a check of each item of a long one would cost more than the call.
    if (Array.isArray(result)) return this.#shows(result[0]) ? result.map((item) => this.show(item)) : result;
    if (!this.#shows(result)) return result;
    const known = this.#shown.get(result);
    if (known !== undefined) return known;
    const reference = new LocalReference(this.#peer, this.#peer.boundOf(result) as BoundService, () =>
      this.#shown.delete(result),
    );
    const shown = typeof result === 'function' ? callable(reference) : createProxy(reference);
    this.#shown.set(result, shown);
    this.#any = true;
    return shown;
  }

  /** Returns the arguments with references of this node replaced by the objects they stand for. */
  home(args: unknown[]): unknown[] {
    if (!this.#any || !args.some((arg) => this.#objectOf(arg) !== undefined)) return args;
    return args.map((arg) => this.#objectOf(arg) ?? arg);
  }

  #objectOf(value: unknown): object | undefined {
    const to = targetOf(value);
    return to instanceof LocalReference && to.owner === this.#peer ? to.object : undefined;
  }

  #shows(value: unknown): boolean {
    const reference = typeof value === 'function' || (typeof value === 'object' && value !== null);
    return reference && targetOf(value) === undefined && this.#peer.boundOf(value as object) !== undefined;
  }
}

class LocalReference implements ProxyTarget {
  readonly stream = serviceStream;
  readonly bound: BoundService;
  readonly #peer: ReferringPeer;
  readonly #forget: () => void;
  #released = false;

  constructor(peer: ReferringPeer, bound: BoundService, forget: () => void) {
    this.#peer = peer;
    this.bound = bound;
    this.#forget = forget;
  }

  get definition() {
    return this.bound.definition;
  }

  get owner(): unknown {
    return this.#peer;
  }

  /** The object itself. */
  get object(): object {
    return this.bound.target;
  }

  invoke(member: number, args: unknown[], options: CallOptions | undefined): Promise<unknown> {
    return plainCallPromise(async () => {
      this.#check();
      return this.#peer.answer(this.bound.members[member] as BoundMember, args, options);
    });
  }

  fail(error: NetronError): Promise<unknown> {
    return failedCall(error);
  }

  async on(event: string, listener: EventListener): Promise<() => Promise<void>> {
    this.#check();
    const off = this.#peer.listen(this.object, event, listener);
    return async () => off();
  }

  reportError(error: unknown): void {
    this.#peer.reportError(error);
  }

  dispose(): void {
    this.#released = true;
    this.#forget();
  }

  #check(): void {
    if (!this.#released) return;
    const text = `the reference to '${this.definition.name}' was released`;
    throw withOutcome(new NetronError('failed_precondition', text), 'not_run');
  }
}

function callable(reference: LocalReference): object {
  const call = (...args: unknown[]): Promise<unknown> => reference.invoke(0, args, undefined);
  return Object.defineProperties(call, {
    [target]: { value: reference },
    [Symbol.dispose]: { value: () => reference.dispose() },
  });
}
