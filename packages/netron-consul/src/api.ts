/** The requests to Consul's HTTP API for discovery, each with a deadline and a bounded response. */
import { checkNumbers, checkOptions, type OptionNames } from '@omnitron-dev/netron';
import type { StoreHost } from '@omnitron-dev/netron/discovery';

/** Options of the connection to an agent. */
export interface ConsulOptions {
  /** Address of the agent: `consul://host:8500`, `http://…` or `https://…`. Default `http://127.0.0.1:8500`. */
  readonly url?: string;
  /** ACL token, or a function that returns one and is called for each request. */
  readonly token?: string | (() => string);
  /** Data center to query. Default: the agent's. */
  readonly datacenter?: string;
  /** Prefix of the service's name in Consul. Default `netron`. */
  readonly prefix?: string;
  /** Milliseconds for a request, in addition to the time for which it waits for changes. Default 3,000. */
  readonly timeout?: number;
  /** For private certificates, proxies and the like. Default: the runtime's `fetch`. */
  readonly fetch?: typeof fetch;
}

const names: OptionNames<ConsulOptions> = { url: true, token: true, datacenter: true, prefix: true, timeout: true, fetch: true };

/** A service as an agent registers it. */
export interface Registration {
  readonly Name: string;
  readonly ID: string;
  readonly Address?: string;
  readonly Port?: number;
  readonly Tags: readonly string[];
  readonly Meta: Readonly<Record<string, string>>;
  readonly Check: {
    readonly TTL: string;
    readonly Status: string;
    readonly DeregisterCriticalServiceAfter: string;
  };
}

/** The fields of a list entry that are read. */
export interface Entry {
  readonly id: string;
  /** Increases with each registration, over all agents. */
  readonly created: number;
  readonly meta: Readonly<Record<string, unknown>>;
}

/** The passing entries, and the index to wait for the next change. */
export interface Listing {
  readonly entries: readonly Entry[];
  readonly index: number;
}

/** Milliseconds for a request unless options differ, in addition to the time for which it waits for changes. */
export const requestTimeout = 3_000;
/** Most bytes of a response. */
const longestAnswer = 64 * 1024 * 1024;

/** Requests to an agent that discovery uses. */
export interface ConsulRequests {
  /** Whether `list` can wait for changes. */
  readonly waits: boolean;
  register(service: Registration): Promise<void>;
  deregister(id: string): Promise<void>;
  /** Renews a check. Resolves to `false` when the agent does not know it. */
  pass(check: string): Promise<boolean>;
  /**
   * Lists the entries of a service whose checks pass.
   *
   * @param index of the last answer: waits for a newer one for at most `wait` ms; 0 answers at once
   */
  list(service: string, index?: number, wait?: number): Promise<Listing>;
}

/** The part of a store's host that requests use. */
export type RequestHost = Pick<StoreHost, 'inTime'>;

/** Options as they were read. */
export interface Agent {
  readonly base: string;
  readonly token: () => string;
  /** Part of a query; empty for the agent's own data center. */
  readonly datacenter: string;
  readonly timeout: number;
  readonly fetch: typeof fetch;
}

/**
 * @throws TypeError for an invalid URL of an agent, and for unknown options
 * @throws RangeError for an invalid time
 */
export function readAgent(options: ConsulOptions): Agent {
  checkOptions('consulDiscovery', options, names);
  const { url = 'http://127.0.0.1:8500', token, datacenter, timeout = requestTimeout, fetch: request = fetch } = options;
  const { protocol, host, pathname, username, password } = new URL(url.replace(/^consul:/, 'http:'));
  if (protocol !== 'http:' && protocol !== 'https:')
    throw new TypeError(`consulDiscovery: url must start with consul:, http: or https:, not ${protocol}`);
  checkNumbers('consulDiscovery', { timeout }, 'a positive number of milliseconds');
  const secret = decodeURIComponent(password === '' ? username : password);
  return {
    base: `${protocol}//${host}${pathname === '/' ? '' : pathname}`,
    token: typeof token === 'function' ? token : () => token ?? secret,
    datacenter: datacenter === undefined ? '' : `&dc=${encodeURIComponent(datacenter)}`,
    timeout,
    fetch: request,
  };
}

export class ConsulApi implements ConsulRequests {
  readonly waits = true;
  readonly #agent: Agent;
  readonly #host: RequestHost;

  constructor(agent: Agent, host: RequestHost) {
    this.#agent = agent;
    this.#host = host;
  }

  async register(service: Registration): Promise<void> {
    await this.#request('PUT', '/v1/agent/service/register?replace-existing-checks=true', { body: service }, ignore);
  }

  async deregister(id: string): Promise<void> {
    await this.#request('PUT', `/v1/agent/service/deregister/${encodeURIComponent(id)}`, {}, ignore);
  }

  async pass(check: string): Promise<boolean> {
    const path = `/v1/agent/check/pass/${encodeURIComponent(check)}`;
    return this.#request('PUT', path, { expected: [404, 500] }, async (response) => {
      await ignore(response);
      return response.ok;
    });
  }

  async list(service: string, index = 0, wait = 0): Promise<Listing> {
    const blocking = index > 0 ? `&index=${index}&wait=${wait}ms` : '';
    const path = `/v1/health/service/${encodeURIComponent(service)}?passing=true${this.#agent.datacenter}${blocking}`;
    // Consul adds up to a sixteenth to the waiting time.
    return this.#request('GET', path, { wait: index > 0 ? wait * 1.1 : 0 }, async (response) => ({
      entries: readEntries(await jsonOf(response)),
      index: readIndex(response.headers.get('x-consul-index')),
    }));
  }

  #request<T>(
    method: string,
    path: string,
    { body, expected = [], wait = 0 }: RequestOptions,
    read: (response: Response) => Promise<T>,
  ): Promise<T> {
    const { base, token, timeout, fetch: request } = this.#agent;
    return this.#host.inTime(timeout + wait, async (signal) => {
      const secret = headerValue(token());
      const response = await request(base + path, {
        method,
        headers: secret === '' ? {} : { 'x-consul-token': secret },
        // The target of a redirect would receive the token.
        redirect: 'manual',
        signal,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }).catch((error: Error) => {
        throw error.cause instanceof Error ? error.cause : error;
      });
      if (response.ok || expected.includes(response.status)) return read(response);
      const reason = (await boundedText(response).catch(() => '')).slice(0, 200);
      throw new Error(`Consul responded with status ${response.status}${reason === '' ? '' : `: ${reason}`}`);
    });
  }
}

interface RequestOptions {
  readonly body?: unknown;
  /** Statuses other than 200 that are valid answers. */
  readonly expected?: readonly number[];
  /** Milliseconds for which the agent is asked to wait. */
  readonly wait?: number;
}

/**
 * Returns a token as a header value. Tokens are often read from files that end with a newline; the runtime's own error would reveal the
 * token.
 */
function headerValue(token: string): string {
  const value = token.trim();
  if (!/^[!-~]*$/.test(value)) throw new TypeError('consulDiscovery: token must consist of visible ASCII characters');
  return value;
}

async function ignore({ body }: Response): Promise<void> {
  await body?.cancel();
}

/** Parses the index of an answer; 0 when it is invalid. */
function readIndex(text: string | null): number {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

async function jsonOf(response: Response): Promise<unknown> {
  const text = await boundedText(response);
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('Consul did not respond with JSON');
  }
}

async function boundedText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > longestAnswer) throw new Error(`the response of Consul exceeds ${longestAnswer} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** Parses a list of entries. Throws when it is not one. */
export function readEntries(given: unknown): Entry[] {
  if (!Array.isArray(given)) throw new Error('Consul did not respond with an array');
  return given.flatMap(readEntry);
}

/** Reads the needed fields of an entry; returns nothing for an invalid one. */
function readEntry(given: unknown): Entry[] {
  const service = (given as { Service?: Record<string, unknown> } | null)?.Service;
  if (typeof service !== 'object' || service === null) return [];
  const { ID, CreateIndex, Meta } = service;
  if (typeof ID !== 'string') return [];
  const meta = typeof Meta === 'object' && Meta !== null ? (Meta as Record<string, unknown>) : {};
  return [{ id: ID, created: typeof CreateIndex === 'number' && CreateIndex > 0 ? CreateIndex : 0, meta }];
}
