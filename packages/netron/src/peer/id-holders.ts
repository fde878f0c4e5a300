/** Peers that hold ids at an accepting node: decides who may have the id that another peer has. */
import { NetronError } from '../errors/netron-error.js';
import { sameIdentity } from './same-identity.js';

/** Milliseconds in which the holder of an id has to answer a ping. */
const answerTime = 2_000;

/** A peer that has an id. */
export interface IdHolder {
  /** `undefined` for an anonymous peer. */
  readonly identity: unknown;
  /** Tells two runs of one program apart. */
  readonly instance: string | undefined;
  /** Whether the other end answers a ping within `ms` milliseconds; `false` when there is no connection to it. */
  answers(ms: number): Promise<boolean>;
}

/** Claims of a connection. */
export type Newcomer = Pick<IdHolder, 'identity' | 'instance'>;

export class IdHolders<Holder extends IdHolder> {
  /** The holder that came first, for each id: it alone decides about the id. */
  readonly #first = new Map<string, Holder>();
  /** Holders that were let in beside it, under ids of their own. */
  readonly #beside = new Map<string, Set<Holder>>();
  /** Connections that are being let in, all of one run for each id. */
  readonly #entering = new Map<string, Set<Newcomer>>();

  /**
   * Reserves the id for a connection that is being let in; follow with `leave`. Connections of the run that holds the id are let in
   * beside it, with whichever credentials: anybody can name a run, but who is beside keeps the id from nobody. So is an identity that
   * was beside the run before. When the first connection ends, one beside it that has the same authenticated identity takes its place.
   * Otherwise a holder of the same identity, which was authenticated, is replaced at once, an anonymous one when it is away or does not
   * answer; any other keeps its id.
   *
   * @returns holders to close before the id is given away
   * @throws NetronError `already_exists`, and why
   */
  async enter(id: string, newcomer: Newcomer): Promise<Holder[]> {
    const entering = this.#entering.get(id) ?? new Set<Newcomer>();
    const [other] = entering;
    if (other !== undefined && !sameRun(other, newcomer)) throw taken(id, 'is being let in');
    this.#entering.set(id, entering.add(newcomer));
    try {
      return await this.#replaced(id, newcomer);
    } catch (error) {
      this.leave(id, newcomer);
      throw error;
    }
  }

  async #replaced(id: string, newcomer: Newcomer): Promise<Holder[]> {
    const first = this.#first.get(id);
    if (first === undefined || sameRun(first, newcomer)) return [];
    const equal = [...(this.#beside.get(id) ?? [])].filter(({ identity }) => sameIdentity(identity, newcomer.identity));
    if (sameIdentity(first.identity, newcomer.identity)) return [first, ...equal.filter((other) => !sameRun(other, newcomer))];
    if (equal.length > 0) return [];
    if (first.identity !== undefined) throw taken(id, 'and another identity is connected');
    if (await first.answers(answerTime)) throw taken(id, 'is connected and answers');
    return [first];
  }

  /** The connection was let in, or given up. */
  leave(id: string, newcomer: Newcomer): void {
    const entering = this.#entering.get(id);
    entering?.delete(newcomer);
    if (entering?.size === 0) this.#entering.delete(id);
  }

  add(id: string, holder: Holder): void {
    if (!this.#first.has(id)) return void this.#first.set(id, holder);
    const beside = this.#beside.get(id) ?? new Set<Holder>();
    this.#beside.set(id, beside.add(holder));
  }

  delete(id: string, holder: Holder): void {
    const beside = this.#beside.get(id);
    beside?.delete(holder);
    if (this.#first.get(id) === holder) {
      const next = [...(beside ?? [])].find(({ identity }) => sameIdentity(identity, holder.identity));
      this.#first.delete(id);
      if (next !== undefined) {
        this.#first.set(id, next);
        beside?.delete(next);
      }
    }
    if (beside?.size === 0) this.#beside.delete(id);
  }
}

function sameRun(one: Pick<Newcomer, 'instance'>, other: Pick<Newcomer, 'instance'>): boolean {
  return one.instance !== undefined && one.instance === other.instance;
}

function taken(id: string, why: string): NetronError {
  return new NetronError('already_exists', `a peer with id '${id}' ${why} already`);
}
