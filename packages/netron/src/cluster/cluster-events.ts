/** Events across the cluster, rooms and presence of one node: loaded by nodes whose options ask for them, started with the node. */
import type { EventHub } from '../events/hub.js';
import { defineService } from '../service/declare/define-service.js';
import type { Backplane, BackplaneState } from './backplane/backplane.js';
import { BackplaneMesh, type BackplaneNode } from './backplane/backplane-mesh.js';
import type { BackplaneSettings } from './backplane/line.js';
import type { Changes } from './change-feed.js';
import type { Cluster } from './cluster.js';
import { entrySize } from './entry-size.js';
import { Mesh, type MeshHandler, meshService } from './mesh.js';
import { Presence } from './presence.js';
import { PresenceReader } from './presence-reader.js';
import { Rooms } from './rooms.js';

/** Members of the node that events use. */
export interface EventsNode extends Omit<BackplaneNode, 'sizeOf'> {
  readonly hub: Pick<EventHub, 'publish' | 'subscribe'>;
  expose(service: object): Promise<void>;
}

export class ClusterEvents {
  readonly presence: Presence;
  readonly rooms: Rooms;
  readonly #node: EventsNode;
  readonly #sizeOf: BackplaneNode['sizeOf'];
  readonly #reader: PresenceReader;
  #mesh: Mesh | undefined;
  #backplane: BackplaneMesh | undefined;

  constructor(node: EventsNode) {
    const failed = (error: unknown): void => node.failed(error, 'presence');
    this.#node = node;
    this.#sizeOf = entrySize(node.errors, node.values);
    this.presence = new Presence({ id: node.id, sizeOf: this.#sizeOf }, failed);
    this.#reader = new PresenceReader(this.presence, node.clock, failed);
    this.rooms = new Rooms(node.hub, this.presence, (error, event) => node.failed(error, event));
  }

  /** Joins the mesh of all nodes that have this option. */
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
    this.#reader.follow(endpoints);
  }

  /**
   * Joins the other nodes on a backplane.
   *
   * @param timeout milliseconds that its broker has to answer
   * @throws the reason why the broker cannot be reached; attempts continue nevertheless
   */
  async use(backplane: Backplane, settings: BackplaneSettings, timeout: number): Promise<void> {
    this.#backplane = new BackplaneMesh({ ...this.#node, sizeOf: this.#sizeOf }, backplane, this.presence, settings);
    await this.#backplane.start(timeout);
  }

  /** State of the backplane; `undefined` without one. */
  get backplane(): BackplaneState | undefined {
    return this.#backplane?.state;
  }

  /** Lets a handler of this node receive events of other nodes. Returns a function that ends this. */
  subscribe(pattern: string, handler: MeshHandler): () => void {
    return (this.#mesh ?? this.#backplane)?.subscribe(pattern, handler) ?? (() => {});
  }

  /** Ends the streams of presence that other nodes of the mesh read, and tells nodes on the backplane to send no more questions. */
  leave(): void {
    this.presence.leave();
    this.#backplane?.leave();
  }

  /** Resolves when nodes on the backplane have read that, or after `ms` milliseconds. */
  async caughtUp(ms: number): Promise<void> {
    await this.#backplane?.caughtUp(ms);
  }

  async close(): Promise<void> {
    this.presence.close();
    this.#reader.close();
    await this.#backplane?.close();
  }
}
