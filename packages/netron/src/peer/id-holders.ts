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
  /** Mostly one for each; lists are replaced, never changed. */
  readonly #byId = new Map<string, readonly Holder[]>();
  /** Connections that are being let in, all of one run for each id. */
  readonly #entering = new Map<string, Set<Newcomer>>();

  /**
   * Reserves the id for a connection that is being let in; follow with `leave`. The same run of a program, connected in two ways, stays
   * beside itself. Otherwise a holder of the same identity, which was authenticated, is replaced at once, an anonymous one when it is away
   * or does not answer; any other keeps its id.
   *
   * @returns holders to close before the id is given away
   * @throws NetronError `already_exists`, and why
   */
  async enter(id: string, newcomer: Newcomer): Promise<Holder[]> {
    const entering = this.#entering.get(id) ?? new Set<Newcomer>();
    for (const other of entering) if (!sameRun(other, newcomer)) throw taken(id, 'is being let in');
    this.#entering.set(id, entering.add(newcomer));
    try {
      const replaced: Holder[] = [];
      for (const holder of this.#byId.get(id) ?? []) {
        if (sameRun(holder, newcomer)) continue;
        if (sameIdentity(holder.identity, newcomer.identity)) replaced.push(holder);
        else if (holder.identity !== undefined) throw taken(id, 'and another identity is connected');
        else if (await holder.answers(answerTime)) throw taken(id, 'is connected and answers');
        else replaced.push(holder);
      }
      return replaced;
    } catch (error) {
      this.leave(id, newcomer);
      throw error;
    }
  }

  /** The connection was let in, or given up. */
  leave(id: string, newcomer: Newcomer): void {
    const entering = this.#entering.get(id);
    entering?.delete(newcomer);
    if (entering?.size === 0) this.#entering.delete(id);
  }

  add(id: string, holder: Holder): void {
    this.#byId.set(id, [...(this.#byId.get(id) ?? []), holder]);
  }

  delete(id: string, holder: Holder): void {
    const rest = this.#byId.get(id)?.filter((other) => other !== holder) ?? [];
    if (rest.length === 0) this.#byId.delete(id);
    else this.#byId.set(id, rest);
  }
}

/**
 * Whether two connections are of one run of a program, which may show other credentials by each. The peer of the second has an id of its
 * own, as that of any connection with a number has: nobody gains by the name of a run.
 */
function sameRun(one: Pick<Newcomer, 'instance'>, other: Pick<Newcomer, 'instance'>): boolean {
  return one.instance !== undefined && one.instance === other.instance;
}

function taken(id: string, why: string): NetronError {
  return new NetronError('already_exists', `a peer with id '${id}' ${why} already`);
}
