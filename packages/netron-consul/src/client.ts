/** Requests through an existing client of the package `consul`, or one of the same shape. */
import { type ConsulRequests, type Listing, type Registration, type RequestHost, readEntries, requestTimeout } from './api.js';

/** The members of a client that are used. */
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

/** Whether an object is such a client. */
export function isClient(given: object): given is ConsulClient {
  const { agent, health } = given as Partial<ConsulClient>;
  return typeof agent?.service?.register === 'function' && typeof health?.service === 'function';
}

export class ClientRequests implements ConsulRequests {
  readonly waits = false;
  readonly #client: ConsulClient;
  readonly #host: RequestHost;

  constructor(client: ConsulClient, host: RequestHost) {
    this.#client = client;
    this.#host = host;
  }

  async register({ Name, ID, Address, Port, Tags, Meta, Check }: Registration): Promise<void> {
    const check = {
      ttl: Check.TTL,
      status: Check.Status,
      deregistercriticalserviceafter: Check.DeregisterCriticalServiceAfter,
    };
    const service = { name: Name, id: ID, address: Address, port: Port, tags: [...Tags], meta: { ...Meta }, check };
    await this.#run(() => this.#client.agent.service.register(service));
  }

  async deregister(id: string): Promise<void> {
    await this.#run(() => this.#client.agent.service.deregister(id));
  }

  async pass(check: string): Promise<boolean> {
    try {
      await this.#run(() => this.#client.agent.check.pass(check));
      return true;
    } catch (error) {
      const { statusCode } = error as { statusCode?: unknown };
      if (statusCode === 404 || statusCode === 500) return false;
      throw error;
    }
  }

  /** Answers at once: a client does not report the index of its answers. */
  async list(service: string): Promise<Listing> {
    const answer = await this.#run(() => this.#client.health.service({ service, passing: true }));
    return { entries: readEntries(answer), index: 0 };
  }

  /** The package's client supports no signals: late results are ignored. */
  #run<T>(work: () => PromiseLike<T>): Promise<T> {
    return this.#host.inTime(requestTimeout, work);
  }
}
