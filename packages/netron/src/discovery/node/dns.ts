/** Nodes from SRV records in DNS (RFC 2782), which the operator of the zone maintains. */
import { Resolver } from 'node:dns/promises';
import { checkNumbers } from '../../util/check-numbers.js';
import { checkOptions, type OptionNames } from '../../util/option-names.js';
import type { DiscoveryBackend } from '../backend.js';
import { type Store, type StoreHost, storeBackend } from '../store-backend.js';

/** Options of `dnsDiscovery`. */
export interface DnsDiscoveryOptions {
  /** Name that has SRV records, for instance `_netron._tcp.example.com`. */
  readonly name: string;
  /** Scheme of the addresses; the node must have a transport for it. Default `ws`. */
  readonly scheme?: string;
  /** DNS servers, as `address` or `address:port`. Default: the system's. */
  readonly servers?: readonly string[];
  /** Milliseconds between two queries. Default 30,000. */
  readonly interval?: number;
}

const names: OptionNames<DnsDiscoveryOptions> = { name: true, scheme: true, servers: true, interval: true };

/** Milliseconds that each of the two attempts may take. */
const timeout = 2_000;
/** Maximum number of nodes; more are left out. */
const maxTargets = 1_000;
/** Error codes that mean that no such record exists, so there are no nodes. */
const nobody = new Set(['ENOTFOUND', 'ENODATA']);

/**
 * Finds nodes by SRV records. Only those of the lowest priority number are used; their weights become the weights of the nodes. This
 * node is not announced, because the operator of the zone does that.
 *
 * @param given `dns:_netron._tcp.example.com`, optionally with `?scheme=` and `&server=`, or options
 * @throws RangeError for an interval that is not a number above 0; TypeError without a name, and for unknown options
 */
export function dnsDiscovery(given: string | DnsDiscoveryOptions): DiscoveryBackend {
  const read = typeof given === 'string' ? fromUrl(given) : given;
  checkOptions('dnsDiscovery', read, names);
  const options = { ...read };
  if (typeof options.name !== 'string' || options.name === '') {
    throw new TypeError('dnsDiscovery: name must be a string such as _netron._tcp.example.com');
  }
  const { interval = 30_000, scheme = 'ws' } = options;
  checkNumbers('dnsDiscovery', { interval }, 'a positive number of milliseconds');
  const resolver = new Resolver({ timeout, tries: 2 });
  if (options.servers !== undefined) resolver.setServers(options.servers);
  return storeBackend('dns', (host) => new DnsStore({ ...options, scheme }, resolver, host), {
    interval,
    askWhenLost: true,
    scheme,
  });
}

class DnsStore implements Store {
  readonly #options: DnsDiscoveryOptions & { readonly scheme: string };
  readonly #resolver: Resolver;
  readonly #host: StoreHost;

  constructor(options: DnsDiscoveryOptions & { readonly scheme: string }, resolver: Resolver, host: StoreHost) {
    this.#options = options;
    this.#resolver = resolver;
    this.#host = host;
  }

  async beat(): Promise<void> {
    const { name, scheme } = this.#options;
    const found = await this.#resolver.resolveSrv(name).catch((error: NodeJS.ErrnoException) => {
      if (nobody.has(error.code ?? '')) return [];
      throw error;
    });
    const first = Math.min(...found.map(({ priority }) => priority));
    const records = found
      .filter(({ priority }) => priority === first)
      .slice(0, maxTargets)
      .map(({ name: target, port, weight }) => {
        const address = `${scheme}://${target.replace(/\.$/, '')}:${port}`;
        // The node's own id and its services become known after connecting.
        return { id: address, instance: address, status: 'up', addresses: [address], weight: Math.max(1, weight) };
      });
    this.#host.view.replace(records);
  }

  close(): void {
    this.#resolver.cancel();
  }
}

function fromUrl(text: string): DnsDiscoveryOptions {
  const url = new URL(text);
  for (const name of url.searchParams.keys())
    if (name !== 'scheme' && name !== 'server')
      throw new TypeError(`dnsDiscovery: unknown parameter '${name}'; known: scheme, server`);
  const scheme = url.searchParams.get('scheme');
  const servers = url.searchParams.getAll('server');
  return {
    name: url.hostname === '' ? url.pathname.replace(/^\/+/, '') : url.hostname,
    ...(scheme !== null && { scheme }),
    ...(servers.length > 0 && { servers }),
  };
}
