/** The few requests of Consul's HTTP API that discovery makes, each with a deadline and a bounded answer. */

/** Options of the connection to an agent. */
export interface ConsulOptions {
  /** Address of the agent: `consul://host:8500`, `http://…` or `https://…`. Default `http://127.0.0.1:8500`. */
  readonly url?: string;
  /** ACL token. */
  readonly token?: string;
  /** Data center to ask. Default: the agent's. */
  readonly datacenter?: string;
  /** Begins the name of the service in Consul. Default `netron`. */
  readonly prefix?: string;
  /** For certificates of one's own, proxies and the like. Default: the runtime's `fetch`. */
  readonly fetch?: typeof fetch;
}

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

/** Milliseconds that a request may take, beside what it is to wait. */
const requestTimeout = 3_000;
/** Bytes of an answer at most. */
const longestAnswer = 64 * 1024 * 1024;

/** Requests that discovery makes of an agent. */
export interface ConsulRequests {
  /** Whether `list` can wait for news. */
  readonly waits: boolean;
  register(service: Registration, signal: AbortSignal): Promise<void>;
  deregister(id: string, signal: AbortSignal): Promise<void>;
  /** Renews a check. Resolves to `false` when the agent does not know it. */
  pass(check: string, signal: AbortSignal): Promise<boolean>;
  /**
   * Lists the entries of a service whose checks pass.
   *
   * @param index of the last answer: waits until there is a newer one, at most `wait` ms; 0: answers at once
   */
  list(service: string, signal: AbortSignal, index?: number, wait?: number): Promise<Listing>;
}

export class ConsulApi implements ConsulRequests {
  readonly waits = true;
  readonly #base: string;
  readonly #headers: Record<string, string>;
  readonly #datacenter: string;
  readonly #fetch: typeof fetch;

  constructor({ url = 'http://127.0.0.1:8500', token, datacenter, fetch: request = fetch }: ConsulOptions) {
    const { protocol, host, pathname, username, password } = new URL(url.replace(/^consul:/, 'http:'));
    this.#base = `${protocol}//${host}${pathname === '/' ? '' : pathname}`;
    const secret = token ?? decodeURIComponent(password === '' ? username : password);
    this.#headers = secret === '' ? {} : { 'x-consul-token': secret };
    this.#datacenter = datacenter === undefined ? '' : `&dc=${encodeURIComponent(datacenter)}`;
    this.#fetch = request;
  }

  async register(service: Registration, signal: AbortSignal): Promise<void> {
    await this.#request('PUT', '/v1/agent/service/register?replace-existing-checks=true', signal, service);
  }

  async deregister(id: string, signal: AbortSignal): Promise<void> {
    await this.#request('PUT', `/v1/agent/service/deregister/${encodeURIComponent(id)}`, signal);
  }

  async pass(check: string, signal: AbortSignal): Promise<boolean> {
    const { status } = await this.#request(
      'PUT',
      `/v1/agent/check/pass/${encodeURIComponent(check)}`,
      signal,
      undefined,
      [404, 500],
    );
    return status === 200;
  }

  async list(service: string, signal: AbortSignal, index = 0, wait = 0): Promise<Listing> {
    const blocking = index > 0 ? `&index=${index}&wait=${wait}ms` : '';
    const path = `/v1/health/service/${encodeURIComponent(service)}?passing=true${this.#datacenter}${blocking}`;
    // Consul adds up to a sixteenth to what it waits.
    const response = await this.#request('GET', path, signal, undefined, [], index > 0 ? wait * 1.1 : 0);
    const answer: unknown = JSON.parse(await boundedText(response));
    if (!Array.isArray(answer)) throw new Error('Consul has answered with something other than a list');
    return { entries: answer.flatMap(readEntry), index: Number(response.headers.get('x-consul-index')) };
  }

  async #request(
    method: string,
    path: string,
    signal: AbortSignal,
    body?: unknown,
    expected: readonly number[] = [],
    wait = 0,
  ): Promise<Response> {
    const request = this.#fetch;
    const response = await request(this.#base + path, {
      method,
      headers: this.#headers,
      signal: AbortSignal.any([signal, AbortSignal.timeout(requestTimeout + wait)]),
      ...(body !== undefined && { body: JSON.stringify(body) }),
    }).catch((error: Error) => {
      throw error.cause instanceof Error ? error.cause : error;
    });
    if (response.ok) return response;
    if (expected.includes(response.status)) {
      await response.body?.cancel();
      return response;
    }
    const reason = (await boundedText(response).catch(() => '')).slice(0, 200);
    throw new Error(`Consul has answered ${response.status}${reason === '' ? '' : `: ${reason}`}`);
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

/** Reads what is needed of an entry; anything else is none. */
export function readEntry(given: unknown): Entry[] {
  const service = (given as { Service?: Record<string, unknown> } | null)?.Service;
  if (typeof service !== 'object' || service === null) return [];
  const { ID, CreateIndex, Meta } = service;
  if (typeof ID !== 'string') return [];
  const meta = typeof Meta === 'object' && Meta !== null ? (Meta as Record<string, unknown>) : {};
  return [{ id: ID, created: typeof CreateIndex === 'number' ? CreateIndex : 0, meta }];
}
