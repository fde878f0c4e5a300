/**
 * Calls of services by name, wherever they are served: receives a query, finds a node that serves it, and passes the call to that node
 * or, with discovery, to the cluster.
 */
import { NetronError } from '../errors/netron-error.js';
import { withOutcome } from '../errors/outcome.js';
import { type CallOptions, checkCallOptions } from '../service/call/options.js';
import { checkRange, parseServiceName, resolveVersion } from '../service/declare/version.js';
import type { InFlight } from '../util/in-flight.js';

/** A node that may serve a service: this one, or a peer. */
export interface ServiceSource {
  /** Names of its services, as `name@version`. */
  getServiceNames(): readonly string[];
  /** Calls a member of a service, which is given by its exact `name@version`. */
  call(service: string, method: string, args: unknown[], options: CallOptions | undefined): Promise<unknown>;
}

/** Calls a member of a service at any node that has it; `undefined` when that is not possible. */
export type CallElsewhere = (
  query: string,
  method: string,
  args: unknown[],
  options: CallOptions | undefined,
) => Promise<unknown> | undefined;

/** A service that was found, and the node that serves it. */
interface Found {
  readonly source: ServiceSource;
  /** `name@version` */
  readonly service: string;
  /** Whether it is this node itself. */
  readonly own: boolean;
}

export class ServiceCalls {
  readonly #sources: () => Iterable<ServiceSource>;
  readonly #elsewhere: CallElsewhere;
  readonly #inFlight: Pick<InFlight, 'add' | 'delete'>;

  /**
   * @param sources in order of preference: the first that has the best version serves
   * @param elsewhere calls services that this node does not have, while discovery is on
   * @param inFlight counts calls during the search for a node
   */
  constructor(sources: () => Iterable<ServiceSource>, elsewhere: CallElsewhere, inFlight: Pick<InFlight, 'add' | 'delete'>) {
    this.#sources = sources;
    this.#elsewhere = elsewhere;
    this.#inFlight = inFlight;
  }

  /** @param args an array is the argument list, any other value the single argument */
  async call(query: string, method: string, args: unknown, options: CallOptions | undefined): Promise<unknown> {
    if (options !== undefined) checkCallOptions(options);
    const list = argumentList(args);
    let found: Found | undefined;
    this.#inFlight.add();
    try {
      found = await this.#find(query);
    } catch (error) {
      throw withOutcome(error, 'not_run');
    } finally {
      this.#inFlight.delete();
    }
    if (found?.own !== true) {
      const result = this.#elsewhere(query, method, list, options);
      if (result !== undefined) return result;
    }
    if (found !== undefined) return found.source.call(found.service, method, list, options);
    throw withOutcome(new NetronError('not_found', `no service '${query.slice(0, 256)}'`), 'not_run');
  }

  async #find(query: string): Promise<Found | undefined> {
    const { name, range } = parseServiceName(query);
    await checkRange(range);
    for (const [index, group] of this.#groups(name).entries()) {
      const version = await resolveVersion([...group.keys()], range);
      const source = version === undefined ? undefined : group.get(version);
      if (source !== undefined) return { source, service: `${name}@${version}`, own: index === 0 };
    }
    return undefined;
  }

  /** Versions of a service and the nodes that serve them: first this node's own, then those of all peers together. */
  #groups(name: string): Map<string, ServiceSource>[] {
    const [own, ...peers] = [...this.#sources()];
    return [own === undefined ? [] : [own], peers].map((sources) => {
      const versions = new Map<string, ServiceSource>();
      for (const source of sources) {
        for (const service of source.getServiceNames()) {
          const version = service.startsWith(`${name}@`) ? service.slice(name.length + 1) : undefined;
          if (version !== undefined && !versions.has(version)) versions.set(version, source);
        }
      }
      return versions;
    });
  }
}

function argumentList(args: unknown): unknown[] {
  if (args === undefined) return [];
  return Array.isArray(args) ? (args as unknown[]) : [args];
}
