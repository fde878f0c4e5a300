/** Nodes by SRV records of DNS (RFC 2782): whoever runs the zone says where they are. */
import { Resolver } from 'node:dns/promises';
import type { BackendHost, DiscoveryBackend } from '../backend.js';
import { Beats } from '../beats.js';

/** Options of `dnsDiscovery`. */
export interface DnsDiscoveryOptions {
  /** Name that has SRV records, for instance `_netron._tcp.example.com`. */
  readonly name: string;
  /** Scheme of the addresses. Default `ws`. */
  readonly scheme?: string;
  /** Servers to ask, as `address` or `address:port`. Default: the system's. */
  readonly servers?: readonly string[];
  /** Milliseconds between two questions. Default 30,000. */
  readonly interval?: number;
}

/** Milliseconds that one attempt may take, of two. */
const timeout = 2_000;
/** Nodes at most; more are left out. */
const mostTargets = 1_000;
/** Answers that mean that there is no such record: nobody is there. */
const nobody = new Set(['ENOTFOUND', 'ENODATA']);

/**
 * Finds nodes by SRV records. Those of the lowest priority count; weights are weights. A node is not announced: that is the zone's.
 *
 * @param given `dns:_netron._tcp.example.com`, with `?scheme=` and `&server=` when needed, or options
 * @throws TypeError without a name
 */
export function dnsDiscovery(given: string | DnsDiscoveryOptions): DiscoveryBackend {
  return new DnsBackend(typeof given === 'string' ? fromUrl(given) : given);
}

class DnsBackend implements DiscoveryBackend {
  readonly name = 'dns';
  readonly #options: DnsDiscoveryOptions;
  readonly #resolver = new Resolver({ timeout, tries: 2 });
  #beats: Beats | undefined;

  constructor(options: DnsDiscoveryOptions) {
    if (typeof options.name !== 'string' || options.name === '') {
      throw new TypeError('dnsDiscovery: expected a name such as _netron._tcp.example.com');
    }
    if (options.servers !== undefined) this.#resolver.setServers(options.servers);
    this.#options = options;
  }

  async start(host: BackendHost): Promise<void> {
    this.#beats = new Beats(host, () => this.#ask(host), this.#options.interval ?? 30_000);
    this.#beats.start();
    await this.#beats.now();
  }

  announce(): void {}

  async refresh(): Promise<void> {
    await this.#beats?.now().catch(() => {});
  }

  async stop(): Promise<void> {
    const ended = this.#beats?.stop();
    this.#beats = undefined;
    this.#resolver.cancel();
    await ended;
  }

  async #ask(host: BackendHost): Promise<void> {
    const { name, scheme = 'ws' } = this.#options;
    const found = await this.#resolver.resolveSrv(name).catch((error: NodeJS.ErrnoException) => {
      if (nobody.has(error.code ?? '')) return [];
      throw error;
    });
    if (this.#beats === undefined) return;
    const first = Math.min(...found.map(({ priority }) => priority));
    const records = found
      .filter(({ priority }) => priority === first)
      .slice(0, mostTargets)
      .map(({ name: target, port, weight }) => {
        const address = `${scheme}://${target.replace(/\.$/, '')}:${port}`;
        // Its own id and its services are known once it is connected.
        return { id: address, instance: address, status: 'up', addresses: [address], weight: Math.max(1, weight) };
      });
    host.view.replace(records);
  }
}

function fromUrl(text: string): DnsDiscoveryOptions {
  const url = new URL(text);
  const scheme = url.searchParams.get('scheme');
  const servers = url.searchParams.getAll('server');
  return {
    name: url.hostname === '' ? url.pathname.replace(/^\/+/, '') : url.hostname,
    ...(scheme !== null && { scheme }),
    ...(servers.length > 0 && { servers }),
  };
}
