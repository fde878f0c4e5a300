/** Services of one server: each is described once, and anew when the server has another version. */
import { NetronError } from '@omnitron-dev/netron/http/client';
import type { Credentials } from '../request/credentials.js';
import type { Principal } from '../request/principal.js';
import type { Transmitter } from '../request/transmitter.js';
import type { ExecuteOptions } from '../retry/retry-options.js';
import { attempt } from '../util/attempt.js';
import { markNotRun } from '../util/not-run.js';
import { type MemberFacts, readFacts, type ServiceFacts } from './definitions.js';
import type { HttpPeerOptions } from './options.js';

/** Parts of the peer that services use. */
export interface ServicesParts {
  readonly credentials: Credentials;
  readonly transmitter: Transmitter;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeout: number;
  readonly options: Pick<HttpPeerOptions, 'skewed'>;
  /** How questions are repeated; `undefined`: they are not. */
  retry(): ExecuteOptions | undefined;
}

interface Description {
  readonly facts: Promise<ServiceFacts>;
  /** As whom it is being asked for; `undefined` once it is there. */
  asking: Principal | undefined;
}

export class Services {
  readonly #parts: ServicesParts;
  readonly #described = new Map<string, Description>();
  /** Versions that were told of. */
  readonly #heard = new Set<string>();

  constructor(parts: ServicesParts) {
    this.#parts = parts;
  }

  /** One question per service; a failure is not remembered, nor does anybody wait for the token of whoever is not spoken for any more. */
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
      // Whatever became of the question, no call was made.
      throw markNotRun(error);
    }
  }
}
