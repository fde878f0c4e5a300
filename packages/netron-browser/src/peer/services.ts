/** Services of one server: each is described once, and anew when the server has another version. */
import { NetronError } from '@omnitron-dev/netron/http/client';
import type { Transmitter } from '../request/transmitter.js';
import type { ExecuteOptions } from '../retry/retry-options.js';
import { markNotRun } from '../util/not-run.js';
import { type MemberFacts, readFacts, type ServiceFacts } from './definitions.js';
import type { HttpPeerOptions } from './options.js';

/** Parts of the peer that services use. */
export interface ServicesParts {
  readonly transmitter: Transmitter;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeout: number;
  readonly options: Pick<HttpPeerOptions, 'skewed'>;
  /** How questions are repeated; `undefined`: they are not. */
  retry(): ExecuteOptions | undefined;
}

export class Services {
  readonly #parts: ServicesParts;
  readonly #described = new Map<string, Promise<ServiceFacts>>();
  /** Versions that were told of. */
  readonly #heard = new Set<string>();

  constructor(parts: ServicesParts) {
    this.#parts = parts;
  }

  /** One question per service; a failure is not remembered. */
  describe(name: string): Promise<ServiceFacts> {
    let asked = this.#described.get(name);
    if (asked === undefined) {
      asked = this.#ask(name).catch((error: unknown) => {
        // Whatever became of the question, no call was made.
        throw markNotRun(error);
      });
      this.#described.set(name, asked);
      asked.catch(() => this.#described.delete(name));
    }
    return asked;
  }

  /** @throws NetronError `not_found` when the service has no such member; what describing it fails with */
  async member(query: string, method: string): Promise<{ readonly service: ServiceFacts; readonly member: MemberFacts }> {
    const service = await this.describe(query);
    const member = service.byName.get(method);
    if (member === undefined) throw markNotRun(new NetronError('not_found', `service '${query}' has no member '${method}'`));
    return { service, member };
  }

  /** The server has another version: who asks from now on, by whatever range, is told of that one. */
  skewed({ query, definition, contract: known = '' }: ServiceFacts, server: string): void {
    const key = `${query} ${server}`;
    for (const [other, asked] of this.#described) {
      asked.then(
        (facts) => {
          const old = facts.definition.name === definition.name && facts.contract === known;
          if (old && this.#described.get(other) === asked) this.#described.delete(other);
        },
        () => {},
      );
    }
    if (this.#heard.has(key)) return;
    this.#heard.add(key);
    this.#parts.options.skewed?.({ service: definition.name, known: known.split(';')[0]!, server: server.split(';')[0]! });
  }

  async #ask(name: string): Promise<ServiceFacts> {
    const { transmitter, timeout, headers, retry } = this.#parts;
    const { value } = await transmitter.send({
      service: '$services',
      method: name,
      args: [],
      safe: true,
      idempotent: true,
      headers,
      timeout,
      priority: 'high',
      retry: retry(),
      signal: undefined,
      state: new Map(),
    });
    return readFacts(name, value);
  }
}
