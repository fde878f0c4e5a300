/**
 * Services of a node, as each of its callers sees them: answers queries and hello with the services a caller may see, and notifies
 * peers of services that are added or removed.
 */
import type { CallPeer } from '../middleware/call.js';
import type { MemberInfo } from '../middleware/member.js';
import type { Link } from '../peer/link/link.js';
import type { NodeMiddleware } from '../peer/node-middleware.js';
import { type Advertised, advertise, nothingAdvertised } from '../peer/references/advertised.js';
import type { BoundService } from '../service/call/bound-service.js';
import { ServiceRegistry } from '../service/registry.js';
import { serviceBinder } from '../service/service-binder.js';
import type { Access } from './access.js';

/** Members of the node that its services use. */
export interface ServingNode {
  readonly middleware: NodeMiddleware;
  /** Throws for members that the node cannot serve. */
  readonly check: (member: MemberInfo) => void;
  readonly guard: Pick<Access, 'allow' | 'asks' | 'open' | 'sees'>;
  /** Connections in use. */
  links(): Iterable<Pick<Link, 'conceal' | 'owner' | 'publisher' | 'replace'>>;
  /** Called when services, given as `name@version`, were added or removed. */
  changed(added: readonly string[], removed: readonly string[]): void;
}

export class SeenServices {
  readonly registry: ServiceRegistry;
  readonly #node: ServingNode;
  /** Services in the hello to callers that see all; computed again after each change. */
  #advertised: Advertised | undefined;

  constructor(node: ServingNode) {
    this.#node = node;
    this.registry = new ServiceRegistry(
      serviceBinder({ ...node.middleware, check: node.check }),
      ({ added, removed, replaced }) => {
        this.#advertised = undefined;
        node.changed(namesOf(added), namesOf(removed));
        if (replaced && added !== undefined && removed !== undefined) this.#replaced(removed, added);
        else this.#changed(added, removed);
      },
    );
  }

  /** Returns the services that a caller sees, as `name@version`. */
  names(caller: CallPeer): readonly string[] {
    return this.#node.guard.open(caller) ? this.registry.names : this.#seen(caller).flatMap(namesOf);
  }

  /** Returns the services that a caller does not see. */
  unseen(caller: CallPeer): BoundService[] {
    const { guard } = this.#node;
    return guard.open(caller) ? [] : [...this.registry.list()].filter((bound) => !guard.sees(caller, bound));
  }

  /** Returns the services that the hello to a caller announces. */
  advertised(caller: CallPeer): Advertised {
    const { guard } = this.#node;
    // With `authorize`, a caller has to query for each service.
    if (guard.asks) return nothingAdvertised;
    if (!guard.open(caller)) return advertise(this.#seen(caller));
    this.#advertised ??= advertise(this.registry.list());
    return this.#advertised;
  }

  /** The same as `resolve`, when the answer is known synchronously; otherwise `undefined`. */
  known(query: string, caller: CallPeer): BoundService | undefined {
    const { guard } = this.#node;
    return guard.open(caller) && !guard.asks ? this.registry.known(query) : undefined;
  }

  /**
   * Returns the service that a caller asks for, if it sees the service and may use it.
   *
   * @throws NetronError `not_found`, `invalid_argument`, `permission_denied`
   */
  async resolve(query: string, caller: CallPeer): Promise<BoundService> {
    const { guard } = this.#node;
    const bound = await this.registry.resolve(query, guard.open(caller) ? undefined : (each) => guard.sees(caller, each));
    await guard.allow(caller, { kind: 'query', service: bound.definition });
    return bound;
  }

  /** Asks `authorize` whether a caller may subscribe to an event, of a service or of the node; `undefined` when there is no such option. */
  allowEvent(caller: CallPeer, service: object | undefined, event: string): Promise<void> | undefined {
    const definition = service && this.registry.bind(service)?.definition;
    return this.#node.guard.allow(caller, { kind: 'subscribe', service: definition, event });
  }

  #seen(caller: CallPeer): BoundService[] {
    return [...this.registry.list()].filter((bound) => this.#node.guard.sees(caller, bound));
  }

  /** Notifies peers of a replacement. Those that have the old definition query the new one, and may use the old handle until then. */
  #replaced(before: BoundService, after: BoundService): void {
    for (const link of this.#node.links()) {
      const same = link.replace(before, after);
      if (!same && this.#node.guard.sees(link.owner, after)) link.publisher?.services.tell(namesOf(after), namesOf(before));
    }
  }

  #changed(added: BoundService | undefined, removed: BoundService | undefined): void {
    const { guard } = this.#node;
    for (const link of this.#node.links()) {
      if (removed !== undefined) link.conceal(removed);
      const seen = (bound: BoundService | undefined) => (bound && guard.sees(link.owner, bound) ? bound : undefined);
      if ((seen(added) ?? seen(removed)) !== undefined) {
        link.publisher?.services.tell(namesOf(seen(added)), namesOf(seen(removed)));
      }
    }
  }
}

function namesOf(bound: BoundService | undefined): string[] {
  return bound === undefined ? [] : [`${bound.definition.name}@${bound.definition.version}`];
}
