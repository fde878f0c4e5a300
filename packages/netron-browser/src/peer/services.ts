/** Descriptions of the services of one server. Each is requested once, and again when the server has another version. */
import { NetronError } from '@omnitron-dev/netron/http/client';
import type { Credentials } from '../request/credentials.js';
import type { Principal } from '../request/principal.js';
import type { Transmitter } from '../request/transmitter.js';
import type { ExecuteOptions } from '../retry/retry-options.js';
import { attempt } from '../util/attempt.js';
import { markNotRun } from '../util/not-run.js';
import { type MemberFacts, readFacts, type ServiceFacts } from './definitions.js';
import type { HttpPeerOptions } from './options.js';

/** The parts of the peer that services use. */
export interface ServicesParts {
  readonly credentials: Credentials;
  readonly transmitter: Transmitter;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeout: number;
  readonly options: Pick<HttpPeerOptions, 'skewed'>;
  /** Retry options of requests for descriptions; `undefined`: no retries. */
  retry(): ExecuteOptions | undefined;
}

interface Description {
  readonly facts: Promise<ServiceFacts>;
  /** User of the request in flight; `undefined` once the description has arrived. */
  asking: Principal | undefined;
}

export class Services {
  readonly #parts: ServicesParts;
  readonly #described = new Map<string, Description>();
  /** Versions already reported to `skewed`. */
  readonly #heard = new Set<string>();

  constructor(parts: ServicesParts) {
    this.#parts = parts;
  }

  /**
   * Returns the description of a service, with one request for all callers. A failure is not remembered, and a request for a previous user
   * is not waited for.
   */
  describe(name: string): Promise<ServiceFacts> {
    const known = this.#described.get(name);
    if (known !== undefined && known.asking?.ended !== true) return known.facts;
    const asking = this.#parts.credentials.principal();
    const facts = this.#ask(name, asking);
    const description: Description = { facts, asking };
    this.#described.set(name, description);
    facts.then(
      () => (description.asking = undefined),
      () => this.#described.get(name) === description && this.#described.delete(name),
    );
    return facts;
  }

  /** @throws NetronError `not_found` when the service has no such member; the error of the request for its description */
  async member(query: string, method: string): Promise<{ readonly service: ServiceFacts; readonly member: MemberFacts }> {
    const service = await this.describe(query);
    const member = service.byName.get(method);
    if (member === undefined) throw markNotRun(new NetronError('not_found', `service '${query}' has no member '${method}'`));
    return { service, member };
  }

  /**
   * The server has another version: forgets the descriptions of the old one, whatever range they were requested by, and reports the change.
   */
  skewed({ query, definition, contract: known = '' }: ServiceFacts, server: string): void {
    const key = `${query} ${server}`;
    for (const [other, description] of this.#described) {
      description.facts.then(
        (facts) => {
          const old = facts.definition.name === definition.name && facts.contract === known;
          if (old && this.#described.get(other) === description) this.#described.delete(other);
        },
        () => {},
      );
    }
    if (this.#heard.has(key)) return;
    this.#heard.add(key);
    const skew = { service: definition.name, known: known.split(';')[0]!, server: server.split(';')[0]! };
    attempt(() => this.#parts.options.skewed?.(skew), 'the option skewed');
  }

  async #ask(name: string, principal: Principal): Promise<ServiceFacts> {
    const { transmitter, timeout, headers, retry } = this.#parts;
    try {
      const { value } = await transmitter.send({
        service: '$services',
        method: name,
        args: [],
        safe: true,
        idempotent: true,
        headers,
        principal,
        timeout,
        priority: 'high',
        retry: retry(),
        signal: undefined,
        state: new Map(),
      });
      return readFacts(name, value);
    } catch (error) {
      // The call itself was not made, whatever happened to the request for the description.
      throw markNotRun(error);
    }
  }
}
