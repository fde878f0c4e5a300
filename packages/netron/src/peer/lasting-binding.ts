/**
 * A service looked up by name, over all successive connections of its peer: calls wait for the next connection and are adapted to the
 * version of the service found there.
 */
import { NetronError } from '../errors/netron-error.js';
import { withOutcome } from '../errors/outcome.js';
import { type CallOptions, shortenedBy } from '../service/call/options.js';
import { explain, type Skew, skewBetween } from '../service/call/skew.js';
import { ServiceBinding } from './binding.js';
import { failedBefore } from './calls/call-failures.js';
import type { CallWatcher } from './calls/call-sender.js';
import { promiseFrom, type Settler } from './calls/promises.js';

export class LastingBinding extends ServiceBinding {
  /** Difference between the definition on the connection in use and the first one; `undefined` when there is none. */
  #skew: Skew | undefined;

  override attach(found: object): void {
    super.attach(found);
    const { name, version } = this.definition;
    const { served } = this;
    this.#skew = served === this.definition ? undefined : skewBetween(name, version, served.version);
  }

  override send(member: number, args: unknown[], options: CallOptions | undefined, watcher?: CallWatcher): Promise<unknown> {
    const { link } = this;
    if (this.#skew === undefined || link === undefined) return super.send(member, args, options, watcher);
    const number = this.#numberOf(member);
    if (number >= 0) return link.calls.call(this.callee(member, number), args, options, new SkewWatcher(this.#skew, watcher));
    this.discard(args);
    return failedBefore(this.promises, this.#gone(member), watcher);
  }

  /** Waits for a link on which the service is found. */
  protected override later(
    member: number,
    args: unknown[],
    options: CallOptions | undefined,
    watcher?: CallWatcher,
  ): Promise<unknown> {
    const { peer } = this;
    const { clock, parts } = peer.node;
    parts.streams.guard(args);
    return promiseFrom(this.promises, async () => {
      const start = clock.now();
      try {
        if (this.holders <= 0) throw this.released();
        await peer.ready(options);
        if (!this.attached) await peer.services.recovery?.found(this);
        // The connection may be lost again during the lookup.
        while (!this.attached && !peer.accepting) {
          await peer.ready(shortenedBy(clock.now() - start, options));
          await peer.services.recovery?.found(this);
        }
        if (!this.attached) throw this.missing();
      } catch (error) {
        this.discard(args);
        return failedBefore(this.promises, error, watcher);
      }
      return this.send(member, args, shortenedBy(clock.now() - start, options), watcher);
    });
  }

  /** Returns the number of a member on the connection in use; negative when it no longer exists. */
  #numberOf(member: number): number {
    const name = this.definition.members[member]?.name;
    const { members } = this.served;
    return members[member]?.name === name ? member : members.findIndex((now) => now.name === name);
  }

  #gone(member: number): NetronError {
    const { name, members } = this.definition;
    const gone = new NetronError('not_found', `service '${name}' no longer has a member '${members[member]?.name}'`);
    return explain(withOutcome(gone, 'not_run'), this.#skew) as NetronError;
  }
}

/** Explains failures that are caused by another version of the service. */
class SkewWatcher implements CallWatcher {
  readonly #skew: Skew;
  readonly #inner: CallWatcher | undefined;

  constructor(skew: Skew, inner: CallWatcher | undefined) {
    this.#skew = skew;
    this.#inner = inner;
  }

  get parent(): CallWatcher['parent'] {
    return this.#inner?.parent;
  }

  set parent(parent: CallWatcher['parent']) {
    if (this.#inner !== undefined) this.#inner.parent = parent;
  }

  answered(result: unknown): void {
    this.#inner?.answered(result);
  }

  failed(error: unknown, settler: Settler): boolean {
    const explained = explain(error, this.#skew);
    if (this.#inner?.failed(explained, settler) === true) return true;
    if (explained === error) return false;
    settler.reject(explained);
    return true;
  }
}
