import { readFileSync } from 'node:fs';
import { checkOptions, type OptionNames } from '@omnitron-dev/netron';

/** The nodes to find: the pods behind a service of Kubernetes. */
export interface KubernetesOptions {
  /** Name of the service. */
  readonly service?: string;
  /** Selects EndpointSlices by label instead, for instance `app=users`. */
  readonly labelSelector?: string;
  /** Namespace in Kubernetes. Default: the pod's own, otherwise `default`. */
  readonly namespace?: string;
  /** Name or number of the port. Default: the first. */
  readonly port?: string | number;
  /** Scheme of the pods' addresses. Default `ws`. */
  readonly scheme?: string;
  /** Address of the API server. Default: the cluster's own. */
  readonly server?: string;
  /** Token of a service account, or a function that returns one and is called for each request. Default: the pod's. */
  readonly token?: string | (() => string);
  /** Certificate authority of the API server in PEM. Default: the cluster's. */
  readonly ca?: string;
}

const names: OptionNames<KubernetesOptions> = {
  service: true,
  labelSelector: true,
  namespace: true,
  port: true,
  scheme: true,
  server: true,
  token: true,
  ca: true,
};

/** The options with all defaults. */
export interface ReadOptions {
  readonly server: URL;
  readonly path: string;
  readonly selector: string;
  readonly port: string | number | undefined;
  readonly scheme: string;
  readonly token: () => string;
  readonly ca: () => string | undefined;
}

/** Folder with a pod's credentials. */
const account = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * Reads the options; a URL is `kubernetes://namespace/service?port=…&scheme=…`.
 *
 * @throws TypeError without a service or selector, or without an API server, and for unknown options
 * @throws RangeError for an invalid port number
 */
export function readOptions(given: string | KubernetesOptions): ReadOptions {
  const options = typeof given === 'string' ? fromUrl(given) : given;
  checkOptions('kubernetesDiscovery', options, names);
  const { service, labelSelector, port, scheme = 'ws', server = clusterServer() } = options;
  const selector = labelSelector ?? (service === undefined ? undefined : `kubernetes.io/service-name=${service}`);
  if (service === '' || selector === undefined || selector === '')
    throw new TypeError('kubernetesDiscovery: set service or labelSelector');
  if (server === undefined) {
    throw new TypeError(
      'kubernetesDiscovery: set server to the address of an API server, because this process does not run in a pod',
    );
  }
  if (port !== undefined && typeof port !== 'string' && !(Number.isInteger(port) && port > 0 && port < 65_536)) {
    throw new RangeError(`kubernetesDiscovery: port must be a name or an integer between 1 and 65535, not ${String(port)}`);
  }
  const namespace = options.namespace ?? read('namespace') ?? 'default';
  const { token } = options;
  return {
    server: new URL(server),
    path: `/apis/discovery.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/endpointslices`,
    selector,
    port,
    scheme,
    // Both change while a pod runs: tokens every hour.
    token: typeof token === 'function' ? token : () => token ?? read('token') ?? '',
    ca: () => options.ca ?? read('ca.crt'),
  };
}

function fromUrl(text: string): KubernetesOptions {
  const url = new URL(text);
  const port = url.searchParams.get('port');
  const scheme = url.searchParams.get('scheme');
  return {
    namespace: url.hostname,
    service: decodeURIComponent(url.pathname.slice(1)),
    ...(port !== null && { port: /^\d+$/.test(port) ? Number(port) : port }),
    ...(scheme !== null && { scheme }),
  };
}

function clusterServer(): string | undefined {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = process.env;
  if (host === undefined) return undefined;
  return `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function read(name: string): string | undefined {
  try {
    return readFileSync(`${account}/${name}`, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
