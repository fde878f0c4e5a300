/**
 * A service asked for by name, over all the connections that its peer will have: calls wait for the next connection, and fit the
 * version of the service that is there.
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
  /** How the definition on the connection in use differs from the first; `undefined` while it does not. */
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

  /** Waits until there is a link on which the service is. */
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
        // The connection may be lost again while the service is looked up.
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

  /** Returns the number of a member on the connection in use; less than 0 when it is gone. */
  #numberOf(member: number): number {
    const name = this.definition.members[member]?.name;
    const { members } = this.served;
    return members[member]?.name === name ? member : members.findIndex((now) => now.name === name);
  }

  #gone(member: number): NetronError {
    const { name, members } = this.definition;
    const gone = new NetronError('not_found', `service '${name}' has no member '${members[member]?.name}' any more`);
    return explain(withOutcome(gone, 'not_run'), this.#skew) as NetronError;
  }
}

/** Makes of failures that another version explains what they come from. */
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
