/** Events, rooms and presence of one node: loaded by nodes that ask for them, started with the node. */
import type { EventHub } from '../events/hub.js';
import { defineService } from '../service/declare/define-service.js';
import type { Clock } from '../util/clock.js';
import type { Changes } from './change-feed.js';
import type { Cluster } from './cluster.js';
import { Mesh, type MeshHandler, meshService } from './mesh.js';
import { Presence } from './presence.js';
import { Rooms } from './rooms.js';

/** Members of the node that events use. */
export interface EventsNode {
  readonly id: string;
  readonly clock: Clock;
  readonly hub: Pick<EventHub, 'publish' | 'subscribe'>;
  expose(service: object): Promise<void>;
  failed(error: unknown, event: string): void;
}

export class ClusterEvents {
  readonly presence: Presence;
  readonly rooms: Rooms;
  readonly #node: EventsNode;
  #mesh: Mesh | undefined;

  constructor(node: EventsNode) {
    const failed = (error: unknown): void => node.failed(error, 'presence');
    this.#node = node;
    this.presence = new Presence(node.id, node.clock, failed);
    this.rooms = new Rooms(node.hub, this.presence, (error, event) => node.failed(error, event));
  }

  /** Joins the mesh of all nodes that have this turned on. */
  async join(cluster: Cluster): Promise<void> {
    const { presence } = this;
    await this.#node.expose(
      defineService({
        name: `${meshService}@1.0.0`,
        methods: {
          async *entries(): AsyncGenerator<Changes> {
            yield* presence.tell();
          },
        },
      }),
    );
    const endpoints = cluster.all(meshService);
    this.#mesh = new Mesh(endpoints, (error) => this.#node.failed(error, meshService));
    presence.follow(endpoints);
  }

  /** Lets a handler of this node hear the others. Returns what ends that. */
  subscribe(pattern: string, handler: MeshHandler): () => void {
    return this.#mesh?.subscribe(pattern, handler) ?? (() => {});
  }

  close(): void {
    this.presence.close();
  }
}
