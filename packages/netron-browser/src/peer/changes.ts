/** Calls that change something: their optimistic changes, and the entries that they invalidate. */
import { outdatedBy } from '../cache/patterns.js';
import type { RecordWrites } from '../query/optimistic.js';
import type { Reads } from '../query/reads.js';
import type { Turn } from '../queue/change-order.js';
import { type ChangeQueue, noQueue } from '../queue/change-queue.js';
import type { ChangeResult } from '../queue/queued-call.js';
import type { RichJson } from '../request/rich-json.js';
import type { Wait } from '../util/limit.js';
import { check, type MemberCall, newKey, prepared, type Waits } from './member-call.js';
import type { Requests } from './requests.js';

/** The parts of the peer that changes use. */
export interface ChangesParts extends Waits {
  /** Name of the server in keys. */
  readonly backend: string;
  readonly reads: Reads;
  readonly requests: Requests;
  /** Sent with every request; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly record: RecordWrites | undefined;
  readonly json: RichJson;
  /** `undefined` when calls do not wait for the network. */
  readonly queue: ChangeQueue | undefined;
}

export class Changes {
  readonly #parts: ChangesParts;

  constructor(parts: ChangesParts) {
    this.#parts = parts;
  }

  /** Makes a change and returns its result. */
  make(call: MemberCall): Promise<unknown> {
    const { settings, mark } = call;
    if (mark === undefined) return this.#apply(call, undefined);
    // After the changes of its scope that arrived before it, however long the arguments take to write.
    const turn = this.#parts.queue?.begin(settings.queued || call.service.definition.name, call.principal, mark);
    return this.#apply(call, turn).finally(turn?.end);
  }

  async #apply(call: MemberCall, turn: Turn | undefined): Promise<unknown> {
    const { member, settings, service } = call;
    const { cache } = this.#parts.reads;
    // The current user counts, even when the following steps take long.
    const owner = settings.queued === undefined ? '' : call.principal.owner();
    const pattern = settings.invalidate ?? [];
    const tags = [...pattern, ...member.invalidates];
    const { showOptimistic, optimistic: changes = [] } = settings;
    const { clock } = this.#parts;
    const began = clock.now();
    // One time limit for all waits before the change is made.
    const wait: Wait = (work) => prepared(call, this.#parts, work, clock.now() - began);
    const optimisticCall = { ...call, service: service.query, changes, wait };
    // No `await` without an optimistic change: the token must be that of this turn.
    const shown = showOptimistic && (await showOptimistic(optimisticCall, this.#parts, tags));
    try {
      const { value, outdated } =
        settings.queued === undefined ? await this.#send(call, pattern) : await this.#enqueue(call, turn, owner, pattern, wait);
      await check(call, value, this.#parts);
      if (shown) shown.confirm(outdated);
      else cache.changed(outdated);
      return value;
    } catch (error) {
      shown?.retract();
      // The call may have run all the same: only the server knows.
      if ((error as { outcome?: unknown } | null)?.outcome !== 'not_run') cache.changed({ pattern, tags: member.invalidates });
      throw error;
    }
  }

  async #send(call: MemberCall, pattern: readonly string[]): Promise<ChangeResult> {
    const reply = await this.#parts.requests.send(call, call.settings.signal);
    return { value: reply.value, outdated: outdatedBy(pattern, call.member.invalidates, reply) };
  }

  /** Stores a change, which is sent when its turn comes, and returns its result. */
  async #enqueue(
    call: MemberCall,
    turn: Turn | undefined,
    owner: string | Promise<string>,
    pattern: readonly string[],
    wait: Wait,
  ): Promise<ChangeResult> {
    const { queue, json, headers, backend } = this.#parts;
    const { service, member, args, settings } = call;
    if (queue === undefined || turn === undefined) throw noQueue();
    const own = Object.keys({ ...headers, ...call.headers }).filter((name) => call.headers[name] !== headers[name]);
    const queued = {
      owner: `${backend} ${owner instanceof Promise ? await wait(owner) : owner}`,
      service: service.query,
      method: member.name,
      args: await json.write(args),
      headers: Object.fromEntries(own.map((name) => [name, call.headers[name] ?? null])),
      scope: turn.scope,
      key: settings.idempotencyKey ?? newKey(),
      invalidate: pattern,
    };
    return queue.add(queued, turn, wait);
  }
}
