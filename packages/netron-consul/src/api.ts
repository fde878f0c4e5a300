/** The few requests of Consul's HTTP API that discovery makes, each with a deadline and a bounded answer. */
import { checkNumbers, checkOptions, type OptionNames } from '@omnitron-dev/netron';
import type { StoreHost } from '@omnitron-dev/netron/discovery';

/** Options of the connection to an agent. */
export interface ConsulOptions {
  /** Address of the agent: `consul://host:8500`, `http://…` or `https://…`. Default `http://127.0.0.1:8500`. */
  readonly url?: string;
  /** ACL token, or how to get one: it is asked for each request. */
  readonly token?: string | (() => string);
  /** Data center to ask. Default: the agent's. */
  readonly datacenter?: string;
  /** Begins the name of the service in Consul. Default `netron`. */
  readonly prefix?: string;
  /** Milliseconds that a request may take, beside the time that it is to wait for news. Default 3,000. */
  readonly timeout?: number;
  /** For certificates of one's own, proxies and the like. Default: the runtime's `fetch`. */
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

/** One entry of a list, as far as it is read. */
export interface Entry {
  readonly id: string;
  /** Grows with each registration, over all agents. */
  readonly created: number;
  readonly meta: Readonly<Record<string, unknown>>;
}

/** An answer to the question who is there, and the index to wait for the next one. */
export interface Listing {
  readonly entries: readonly Entry[];
  readonly index: number;
}

/** Milliseconds that a request may take unless options say otherwise, beside the time that it is to wait for news. */
export const requestTimeout = 3_000;
/** Bytes of an answer at most. */
const longestAnswer = 64 * 1024 * 1024;

/** Requests that discovery makes of an agent. */
export interface ConsulRequests {
  /** Whether `list` can wait for news. */
  readonly waits: boolean;
  register(service: Registration): Promise<void>;
  deregister(id: string): Promise<void>;
  /** Renews a check. Resolves to `false` when the agent does not know it. */
  pass(check: string): Promise<boolean>;
  /**
   * Lists the entries of a service whose checks pass.
   *
   * @param index of the last answer: waits until there is a newer one, at most `wait` ms; 0: answers at once
   */
  list(service: string, index?: number, wait?: number): Promise<Listing>;
}

/** Part of a store's host that requests use. */
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
 * @throws TypeError for what is no URL of an agent, and unknown options
 * @throws RangeError for a time that is none
 */
export function readAgent(options: ConsulOptions): Agent {
  checkOptions('consulDiscovery', options, names);
  const { url = 'http://127.0.0.1:8500', token, datacenter, timeout = requestTimeout, fetch: request = fetch } = options;
  const { protocol, host, pathname, username, password } = new URL(url.replace(/^consul:/, 'http:'));
  if (protocol !== 'http:' && protocol !== 'https:')
    throw new TypeError(`consulDiscovery: url must begin with consul:, http: or https:, not ${protocol}`);
  checkNumbers('consulDiscovery', { timeout }, 'milliseconds above 0');
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
    // Consul adds up to a sixteenth to what it waits.
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
        // Whoever it leads to would be shown the token.
        redirect: 'manual',
        signal,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }).catch((error: Error) => {
        throw error.cause instanceof Error ? error.cause : error;
      });
      if (response.ok || expected.includes(response.status)) return read(response);
      const reason = (await boundedText(response).catch(() => '')).slice(0, 200);
      throw new Error(`Consul has answered ${response.status}${reason === '' ? '' : `: ${reason}`}`);
    });
  }
}

interface RequestOptions {
  readonly body?: unknown;
  /** Statuses besides 200 that are answers. */
  readonly expected?: readonly number[];
  /** Milliseconds that the agent is asked to wait. */
  readonly wait?: number;
}

/** Tokens are read from files, which end with a line. The runtime's own error would show the token. */
function headerValue(token: string): string {
  const value = token.trim();
  if (!/^[!-~]*$/.test(value)) throw new TypeError('a token of Consul must be visible ASCII characters');
  return value;
}

async function ignore({ body }: Response): Promise<void> {
  await body?.cancel();
}

/** Reads the index of an answer; 0 for what is none. */
function readIndex(text: string | null): number {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

async function jsonOf(response: Response): Promise<unknown> {
  const text = await boundedText(response);
  try {
    return JSON.parse(text);
  } catch {
    throw new Error('Consul has answered with something other than JSON');
  }
}

async function boundedText(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > longestAnswer) throw new Error(`an answer of Consul is longer than ${longestAnswer} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** Reads a list of entries. Throws when it is none. */
export function readEntries(given: unknown): Entry[] {
  if (!Array.isArray(given)) throw new Error('Consul has answered with something other than a list');
  return given.flatMap(readEntry);
}

/** Reads what is needed of an entry; anything else is none. */
function readEntry(given: unknown): Entry[] {
  const service = (given as { Service?: Record<string, unknown> } | null)?.Service;
  if (typeof service !== 'object' || service === null) return [];
  const { ID, CreateIndex, Meta } = service;
  if (typeof ID !== 'string') return [];
  const meta = typeof Meta === 'object' && Meta !== null ? (Meta as Record<string, unknown>) : {};
  return [{ id: ID, created: typeof CreateIndex === 'number' && CreateIndex > 0 ? CreateIndex : 0, meta }];
}
