import { type Call, type Handler, inPlace, type MiddlewareInput, type NetronOptions } from '@omnitron-dev/netron';
import type { SignIn } from '@omnitron-dev/netron-auth/identity';
import type { Class } from '@omnitron-dev/nexus';
import { TitanError } from '../errors/titan-error.js';
import { callAround } from '../netron/call-around.js';
import { factsOf } from '../service/service-facts.js';
import { graphOf } from '../topology/graph.js';
import { lintLocalCalls } from '../topology/local-lint.js';
import { dependentsOf, needsOf } from '../topology/needs.js';
import { explain, place, type TopologyReport } from '../topology/placement.js';
import { linkedOptions, type ProcessPart, processPart } from '../topology/process-part.js';
import { checkTopology, readTopology } from '../topology/topology.js';
import type { Composition } from './composition.js';
import type { AppOptions } from './options.js';

/** Placement of an application's services by its topology; without one, all are in this process. */
export class Placement {
  #part: ProcessPart | undefined;
  /** Reads the file of the topology; absent if there is none, or after it has been read. */
  #unread: (() => Promise<ProcessPart>) | undefined;
  #homes: ReadonlyMap<string, string> | undefined;
  /** Classes that are services of other processes, or depend on one. */
  #absent: ReadonlySet<unknown> = new Set();

  /** @throws TitanError `invalid_config` for a topology that is not valid */
  constructor({ topology }: AppOptions) {
    if (topology === undefined) return;
    const { TITAN_PROCESS, TITAN_INDEX } = process.env;
    const here = { TITAN_PROCESS, TITAN_INDEX };
    if (typeof topology === 'string') this.#unread = async () => processPart(await readTopology(topology), topology, here);
    else this.#part = processPart(checkTopology(topology), topology, here);
  }

  /** Reads the topology if it is a file. @throws TitanError `invalid_config` */
  async read(): Promise<void> {
    if (!this.#unread) return;
    this.#part = await this.#unread();
    this.#unread = undefined;
  }

  /** Position among the running processes, for ports of their own. */
  get index(): number {
    return this.#part?.index ?? 0;
  }

  /** Whether calls to other processes carry the token of their user. */
  get forwardsUsers(): boolean {
    const { process, topology } = this.#part ?? {};
    return process !== undefined && (topology?.forwardUsers ?? (topology?.link ?? 'unix') === 'unix');
  }

  /** Whether a token, class or object is, or depends on, a service of another process. */
  readonly isElsewhere = (token: unknown): boolean => {
    const { process } = this.#part ?? {};
    if (process === undefined || this.#homes === undefined) return false;
    const facts = factsOf(token);
    if (facts !== undefined) return this.#homes.get(facts.name) !== process;
    return typeof token === 'function' && this.#absent.has(token);
  };

  #isPlaced(service: string): boolean {
    return this.#homes?.has(service) === true;
  }

  /** Returns options of the node, with the connections to the other processes: only these receive calls of placed services. */
  link(options: NetronOptions): NetronOptions {
    if (!this.#part) return options;
    const linked = linkedOptions(options, this.#part);
    if (this.#part.process === undefined) return linked;
    const { listedOnly } = options;
    return { ...linked, listedOnly: (service) => this.#isPlaced(service) || listedOnly?.(service) === true };
  }

  /** Middleware that enforces the limits of remote calls on local ones: while one process runs everything, except in production. */
  get lint(): MiddlewareInput[] {
    const one = this.#part !== undefined && this.#part.process === undefined;
    if (!one || process.env.NODE_ENV === 'production') return [];
    const apart = (from: string | undefined, to: string) => from === undefined || this.#homes?.get(from) !== this.#homes?.get(to);
    return [inPlace('node', lintLocalCalls(apart))];
  }

  /** Middleware of calls to other processes. */
  outgoing(signIn: SignIn): MiddlewareInput[] {
    if (!this.forwardsUsers) return [];
    return [
      (next: Handler) => (call: Call) => {
        // A node that the proxy of a service will choose has no id yet: of a service that is placed, it is a process of the topology, see `link`. A peer that the
        // program has dialled itself has one.
        const user = call.peer.id === '' && this.#isPlaced(call.service) ? callAround()?.user : undefined;
        const token = user === undefined ? undefined : signIn.tokenOf(user as object);
        if (token) call.headers.authorization ??= `Bearer ${token}`;
        return next(call);
      },
    ];
  }

  /**
   * Places the services of a graph.
   *
   * @throws TitanError `invalid_config` when the topology does not fit, `invalid_use` when its file has not been read
   */
  settle(composition: Composition, named: readonly (Class | object)[]): void {
    if (this.#unread) throw new TitanError('invalid_use', 'the topology file is read at the start: call app.get() after it');
    if (this.#part) this.#report(composition, named, this.#part);
  }

  /** Explains which calls leave their process. @throws TitanError if there is no topology, or it does not fit */
  explain(composition: Composition, named: readonly (Class | object)[]): TopologyReport {
    if (!this.#part) throw new TitanError('invalid_use', 'no topology: set createApp({ topology })');
    return this.#report(composition, named, this.#part);
  }

  #report({ container, provided }: Composition, named: readonly (Class | object)[], { topology }: ProcessPart): TopologyReport {
    const targets = new Set<unknown>([...named, ...provided.map(({ token }) => token)]);
    const services = [...targets].flatMap((target) => {
      const facts = factsOf(target);
      return facts ? [{ target, facts }] : [];
    });
    const names = [...new Set(services.map(({ facts }) => facts.name))];
    this.#homes = place(topology, names);
    const others = services.filter(({ target }) => typeof target === 'function' && this.isElsewhere(target));
    const needs = needsOf(container);
    this.#absent = dependentsOf(needs, new Set(others.map(({ target }) => target)));
    return explain(topology, graphOf(needs, services));
  }
}
