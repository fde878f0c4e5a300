/** Ids of the peers of an accepting node: decides whether a new connection may have an id that another peer holds. */
import { NetronError } from '../errors/netron-error.js';
import { sameIdentity } from './same-identity.js';

/** Milliseconds within which the holder of an id must answer a ping. */
const answerTime = 2_000;

/** A peer that holds an id. */
export interface IdHolder {
  /** `undefined` for an anonymous peer. */
  readonly identity: unknown;
  /** Tells two runs of one program apart. */
  readonly instance: string | undefined;
  /** Whether the other end answers a ping within `ms` milliseconds; `false` when there is no connection to it. */
  answers(ms: number): Promise<boolean>;
}

/** Claims of a new connection. */
export type Newcomer = Pick<IdHolder, 'identity' | 'instance'>;

export class IdHolders<Holder extends IdHolder> {
  /** The first holder of each id, which alone decides about it. */
  readonly #first = new Map<string, Holder>();
  /** Further holders that were accepted beside it, under ids of their own. */
  readonly #beside = new Map<string, Set<Holder>>();
  /** Connections in their handshake; for each id, all belong to one run. */
  readonly #entering = new Map<string, Set<Newcomer>>();

  /**
   * Reserves the id for a connection in its handshake; call `leave` afterwards. The rules, in this order:
   *
   * - A connection of another run is in its handshake: refused.
   * - Nobody holds the id, or the holder is the same run of the program: accepted, whatever the credentials. Any client can name a run, but
   *   a peer that was accepted beside the holder does not protect the id.
   * - The holder has the same authenticated identity: it is replaced, together with peers of that identity beside it from other runs.
   * - A peer beside the holder has the same authenticated identity: accepted beside them.
   * - The holder has another identity: refused.
   * - The holder is anonymous: replaced when it is disconnected or does not answer a ping, otherwise refused.
   *
   * When the first holder leaves, a peer beside it with the same authenticated identity takes its place.
   *
   * @returns holders to close before the id is assigned
   * @throws NetronError `already_exists`, with the reason
   */
  async enter(id: string, newcomer: Newcomer): Promise<Holder[]> {
    const entering = this.#entering.get(id) ?? new Set<Newcomer>();
    const [other] = entering;
    if (other !== undefined && !sameRun(other, newcomer)) throw taken(id, 'is already connecting');
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
    if (first.identity !== undefined) throw taken(id, 'is already connected with another identity');
    if (await first.answers(answerTime)) throw taken(id, 'is already connected');
    return [first];
  }

  /** Releases the reservation: the connection was accepted or given up. */
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
  return new NetronError('already_exists', `a peer with id '${id}' ${why}`);
}
