/** Makes the calls of one peer, as reads or as changes, inside the `PRE_CALL` middleware. */
import type { CallSettings } from '../fluent/settings.js';
import type { ReadPlan } from '../query/reads.js';
import type { Credentials } from '../request/credentials.js';
import type { Pipeline, RunCall } from '../request/middleware.js';
import { Changes, type ChangesParts } from './changes.js';
import type { MemberFacts, ServiceFacts } from './definitions.js';
import { effectOf, limitOf, type MemberCall } from './member-call.js';
import { MemberReads, type MemberReadsParts } from './member-reads.js';

/** The parts of the peer that a caller uses. */
export interface CallerParts extends ChangesParts, MemberReadsParts {
  readonly credentials: Credentials;
  readonly pipeline: Pipeline;
}

export class Caller {
  readonly #parts: CallerParts;
  readonly #reads: MemberReads;
  readonly #changes: Changes;

  constructor(parts: CallerParts) {
    this.#parts = parts;
    this.#reads = new MemberReads(parts);
    this.#changes = new Changes(parts);
  }

  /** Calls a member and returns the result for its caller. The call belongs to the current user unless `principal` is given. */
  call(
    service: ServiceFacts,
    member: MemberFacts,
    args: unknown[],
    settings: CallSettings,
    principal = this.#parts.credentials.principal(),
  ): Promise<unknown> {
    const { pipeline, headers, clock } = this.#parts;
    const all = settings.headers === undefined ? headers : { ...headers, ...settings.headers };
    const { metrics, transform, fallback } = settings;
    const mark = settings.queued === undefined ? undefined : this.#parts.queue?.mark();
    const started = metrics && clock.now();
    let hit: boolean | undefined;
    const onHit =
      metrics &&
      ((given: boolean) => {
        hit = given;
      });
    const call: MemberCall = {
      service,
      member,
      args,
      settings,
      headers: all,
      principal,
      state: undefined,
      mark,
      onHit,
      repeated: false,
    };
    let result = pipeline.has('PRE_CALL') ? this.#around(call) : this.#run(call);
    if (mark !== undefined) result = result.finally(mark.end);
    if (transform !== undefined) result = result.then(transform);
    if (metrics !== undefined) {
      const report = () => metrics({ duration: clock.now() - started!, ...(hit !== undefined && { cacheHit: hit }) });
      result = result.finally(report);
    }
    return fallback === undefined ? result : result.catch(() => fallback.value);
  }

  /** Returns the plan of a read that is made without a proxy. */
  plan(service: string, method: string, args: unknown[], settings: CallSettings): ReadPlan | Promise<ReadPlan> {
    return this.#reads.plan(service, method, args, settings);
  }

  /** Ends all background fetches. */
  close(): void {
    this.#reads.close();
  }

  #around(call: MemberCall): Promise<unknown> {
    const { service, member, args, headers, settings } = call;
    const request = { method: member.safe ? 'GET' : 'POST', url: '', headers: { ...headers } };
    const facts = { service: service.query, method: member.name, args, signal: settings.signal };
    const run: RunCall = (given, sent, state) => this.#run({ ...call, args: given, headers: sent, state });
    return this.#parts.pipeline.around(request, facts, run, limitOf(call, this.#parts));
  }

  #run(call: MemberCall): Promise<unknown> {
    const { member, settings } = call;
    const { cache } = settings;
    const { requests } = this.#parts;
    if (member.kind === 'stream') return requests.send(call, settings.signal).then(({ value }) => value);
    const { writes, safe } = effectOf(call);
    // A call with tags to invalidate is a change, whatever the chain before it says.
    const changes =
      writes || member.invalidates.length > 0 || settings.invalidate !== undefined || settings.optimistic !== undefined;
    const read = !changes && (safe || (cache !== undefined && cache !== false));
    if (!read) return this.#changes.make(call);
    if (cache === false) return requests.send(call, settings.signal).then(({ value }) => value);
    return this.#reads.read(call);
  }
}
