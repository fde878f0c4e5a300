/** Requests by a client of the package `consul`, or one of the same shape, that a program has already. */
import type { Clock } from '@omnitron-dev/netron';
import { type ConsulRequests, type Listing, type Registration, readEntry, requestTimeout } from './api.js';
import { inTime } from './deadline.js';

/** Members of a client that are used. */
export interface ConsulClient {
  readonly agent: {
    readonly service: {
      register(options: object): PromiseLike<unknown>;
      deregister(id: string): PromiseLike<unknown>;
    };
    readonly check: { pass(id: string): PromiseLike<unknown> };
  };
  readonly health: { service(options: { service: string; passing: boolean }): PromiseLike<unknown> };
}

/** Whether something is a client. */
export function isClient(given: object): given is ConsulClient {
  const { agent, health } = given as Partial<ConsulClient>;
  return typeof agent?.service?.register === 'function' && typeof health?.service === 'function';
}

export class ClientRequests implements ConsulRequests {
  readonly waits = false;
  readonly #client: ConsulClient;
  readonly #clock: Clock;

  constructor(client: ConsulClient, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  async register({ Name, ID, Address, Port, Tags, Meta, Check }: Registration, signal: AbortSignal): Promise<void> {
    const check = {
      ttl: Check.TTL,
      status: Check.Status,
      deregistercriticalserviceafter: Check.DeregisterCriticalServiceAfter,
    };
    const service = { name: Name, id: ID, address: Address, port: Port, tags: [...Tags], meta: { ...Meta }, check };
    await this.#run(signal, () => this.#client.agent.service.register(service));
  }

  async deregister(id: string, signal: AbortSignal): Promise<void> {
    await this.#run(signal, () => this.#client.agent.service.deregister(id));
  }

  async pass(check: string, signal: AbortSignal): Promise<boolean> {
    try {
      await this.#run(signal, () => this.#client.agent.check.pass(check));
      return true;
    } catch (error) {
      const { statusCode } = error as { statusCode?: unknown };
      if (statusCode === 404 || statusCode === 500) return false;
      throw error;
    }
  }

  /** Answers at once: a client does not tell the index of its answers. */
  async list(service: string, signal: AbortSignal): Promise<Listing> {
    const answer = await this.#run(signal, () => this.#client.health.service({ service, passing: true }));
    if (!Array.isArray(answer)) throw new Error('Consul has answered with something other than a list');
    return { entries: answer.flatMap(readEntry), index: 0 };
  }

  /** A client of the package knows no signals: what it does later is not waited for. */
  #run<T>(signal: AbortSignal, work: () => PromiseLike<T>): Promise<T> {
    return inTime(this.#clock, requestTimeout, signal, work);
  }
}
