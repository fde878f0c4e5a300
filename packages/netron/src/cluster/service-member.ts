import type { BalancedPeer, BalancingContext } from '../balance/load-balancer.js';
import type { MemberInfo } from '../middleware/member.js';
import type { CallOptions } from '../service/call/options.js';
import { Resumable } from '../service/declare/annotations.js';
import type { Endpoint } from './endpoint.js';
import type { MemberRules } from './policy.js';

/** Nodes that were tried before the first attempt: none. */
export const noneTried: ReadonlySet<BalancedPeer> = new Set();

/** A member of a service that several nodes serve: the data that all of its calls share. */
export class ServiceMember {
  readonly name: string;
  readonly info: MemberInfo;
  readonly rules: MemberRules;
  /** Whether its streams can be resumed at another node. */
  readonly resumable: boolean;
  /** Context for the balancer, for a first attempt without a key. */
  readonly context: BalancingContext;
  /** Latest list of nodes, and those of them that have the member. */
  #of: readonly Endpoint[] = [];
  #having: readonly Endpoint[] = [];
  /** Member numbers of the node that was called last, and the number of this member among them. */
  #numbers: ReadonlyMap<string, number> | undefined;
  #number: number | undefined;
  /** Options of calls that have none. */
  readonly #options: CallOptions | undefined;

  constructor(info: MemberInfo, rules: MemberRules) {
    this.name = info.name;
    this.info = info;
    this.rules = rules;
    this.resumable = info.annotation(Resumable) === true;
    this.context = { service: info.service, method: info.name, tried: noneTried };
    this.#options = rules.timeout === undefined ? undefined : { timeout: rules.timeout };
  }

  /** Returns the options of a call, with the timeout of the service's rules. */
  optionsOf(given: CallOptions | undefined): CallOptions | undefined {
    if (given === undefined || this.#options === undefined) return given ?? this.#options;
    return given.timeout === undefined ? { ...given, ...this.#options } : given;
  }

  /** Returns the nodes of a list that have the member, which older versions may lack: the same array for the same nodes, `all` if each has it. */
  among(all: readonly Endpoint[]): readonly Endpoint[] {
    if (all === this.#of) return this.#having;
    const having = all.filter((endpoint) => endpoint.has(this.name));
    this.#of = all;
    this.#having = having.length === all.length ? all : Object.freeze(having);
    return this.#having;
  }

  /** Returns the member's number among those of a node; nodes with the same version of the service share them. */
  numberIn(numbers: ReadonlyMap<string, number>): number | undefined {
    if (numbers !== this.#numbers) {
      this.#numbers = numbers;
      this.#number = numbers.get(this.name);
    }
    return this.#number;
  }

  contextOf(key: string | undefined, tried: ReadonlySet<BalancedPeer>): BalancingContext {
    if (key === undefined && tried.size === 0) return this.context;
    return { ...this.context, key, tried };
  }
}
