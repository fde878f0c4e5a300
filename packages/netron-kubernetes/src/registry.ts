/** Services of Kubernetes for programs without a node: polls an existing client once per interval. */
import { type Logger, NetronError } from '@omnitron-dev/netron';
import { type RegistryConfig, RegistryDiscovery, type Store, type StoreHost, storeBackend } from '@omnitron-dev/netron/discovery';
import { requestTimeout } from './api.js';
import { hostOf, listOf, recordOf } from './read.js';

/** The member of a client that is used, for instance `listNamespacedService` of `@kubernetes/client-node` with a namespace. */
export interface KubernetesClient {
  listServices(options: { readonly labelSelector?: string }): PromiseLike<{ readonly items: readonly unknown[] }>;
}

/** Options of `K8sDiscovery`. */
export interface K8sDiscoveryConfig extends Omit<RegistryConfig, 'namespace' | 'secret' | 'ttl'> {
  /** Selects services, for instance `app,version`. Default: all with both labels. */
  readonly labelSelector?: string;
}

/**
 * Services by their labels: `app` is the name, by default that of the service itself, and `version` the version. The annotation
 * `netron/transports` names transports, by default `websocket`; the first one determines the scheme of the address.
 */
export class K8sDiscovery extends RegistryDiscovery {
  /** @throws TypeError for unknown options */
  constructor(k8s: KubernetesClient, logger?: Logger, config: K8sDiscoveryConfig = {}) {
    const { labelSelector = 'app,version' } = config;
    super(() => storeBackend('kubernetes', (host) => new ServicesStore(k8s, labelSelector, host)), logger, config, {
      labelSelector: true,
    });
  }

  /** @throws NetronError `unimplemented`: Kubernetes registers services on its own */
  override async register(): Promise<never> {
    throw new NetronError('unimplemented', 'Kubernetes registers its services itself');
  }
}

/** Services as a client lists them, once per interval. */
class ServicesStore implements Store {
  readonly #client: KubernetesClient;
  readonly #selector: string;
  readonly #host: StoreHost;

  constructor(client: KubernetesClient, selector: string, host: StoreHost) {
    this.#client = client;
    this.#selector = selector;
    this.#host = host;
  }

  async beat(): Promise<void> {
    const list = () => this.#client.listServices({ labelSelector: this.#selector });
    const { items } = recordOf(await this.#host.inTime(requestTimeout, list));
    if (!Array.isArray(items)) throw new Error('expected the Kubernetes client to return items');
    this.#host.view.replace(items.flatMap(readService));
  }
}

/** Converts a service to the record of a node; skips invalid ones. */
function readService(given: unknown): object[] {
  const { metadata, spec } = recordOf(given);
  const { uid, name, namespace, labels, annotations } = recordOf(metadata);
  const { clusterIP, ports } = recordOf(spec);
  const { app = name, version } = recordOf(labels);
  const { port } = recordOf(listOf(ports)[0]);
  if (typeof app !== 'string' || typeof version !== 'string' || typeof clusterIP !== 'string' || typeof port !== 'number')
    return [];
  // A headless service, or one whose pods are elsewhere, has only a name.
  const host = clusterIP === 'None' || clusterIP === '' ? `${String(name)}.${String(namespace)}.svc` : hostOf(clusterIP);
  const transports = recordOf(annotations)['netron/transports'];
  const [transport = 'websocket'] = typeof transports === 'string' ? transports.split(',').map((text) => text.trim()) : [];
  const address = `${transport === 'websocket' ? 'ws' : transport}://${host}:${port}`;
  const id = typeof uid === 'string' ? uid : address;
  return [{ id, instance: id, status: 'up', addresses: [address], services: [`${app}@${version}`] }];
}
