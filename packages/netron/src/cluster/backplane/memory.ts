import type { Backplane, BackplaneHost } from './backplane.js';

/** A broker within one process, for tests and for nodes that share a process. */
export class MemoryBroker {
  readonly #subscribers = new Map<string, Set<MemoryBackplane>>();
  readonly #backplanes = new Set<MemoryBackplane>();
  #failure: Error | undefined;

  /** Reason why the broker cannot be reached. Set it to make the broker fail, and to `undefined` to make it work again. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  set failure(failure: Error | undefined) {
    this.#failure = failure;
    for (const backplane of this.#backplanes) backplane.changed();
  }

  /** Publishes a message, as any client of the broker could. */
  publish(channel: string, message: Uint8Array): void {
    const receivers = [...(this.#subscribers.get(channel) ?? [])];
    queueMicrotask(() => {
      for (const receiver of receivers) receiver.receive(channel, message);
    });
  }

  /** @internal */
  join(backplane: MemoryBackplane): void {
    this.#backplanes.add(backplane);
  }

  /** @internal */
  leave(backplane: MemoryBackplane): void {
    this.#backplanes.delete(backplane);
  }

  /** @internal */
  subscribe(channel: string, backplane: MemoryBackplane): void {
    const subscribers = this.#subscribers.get(channel) ?? new Set();
    this.#subscribers.set(channel, subscribers.add(backplane));
  }

  /** @internal */
  unsubscribe(channel: string, backplane: MemoryBackplane): void {
    const subscribers = this.#subscribers.get(channel);
    subscribers?.delete(backplane);
    if (subscribers?.size === 0) this.#subscribers.delete(channel);
  }
}

/** Returns a backplane that connects nodes of this process. */
export function memoryBackplane(broker: MemoryBroker): Backplane {
  return new MemoryBackplane(broker);
}

class MemoryBackplane implements Backplane {
  readonly name = 'memory';
  readonly #broker: MemoryBroker;
  readonly #channels = new Set<string>();
  #host: BackplaneHost | undefined;
  #prefix = '';

  constructor(broker: MemoryBroker) {
    this.#broker = broker;
  }

  async start(host: BackplaneHost): Promise<void> {
    this.#host = host;
    this.#prefix = `${host.namespace}:`;
    this.#broker.join(this);
    for (const channel of this.#channels) this.#broker.subscribe(this.#prefix + channel, this);
    this.changed();
    if (this.#broker.failure !== undefined) throw this.#broker.failure;
  }

  async subscribe(channel: string): Promise<void> {
    this.#channels.add(channel);
    if (this.#host !== undefined) this.#broker.subscribe(this.#prefix + channel, this);
  }

  async unsubscribe(channel: string): Promise<void> {
    this.#channels.delete(channel);
    this.#broker.unsubscribe(this.#prefix + channel, this);
  }

  async publish(channel: string, message: Uint8Array): Promise<void> {
    const { failure } = this.#broker;
    if (failure !== undefined) throw failure;
    this.#broker.publish(this.#prefix + channel, message);
  }

  async stop(): Promise<void> {
    this.#host = undefined;
    for (const channel of this.#channels) this.#broker.unsubscribe(this.#prefix + channel, this);
    this.#broker.leave(this);
  }

  /** @internal Called when the broker has failed or works again. */
  changed(): void {
    const { failure } = this.#broker;
    if (failure === undefined) this.#host?.up();
    else this.#host?.down(failure);
  }

  /** @internal */
  receive(channel: string, message: Uint8Array): void {
    if (this.#broker.failure === undefined) this.#host?.receive(channel.slice(this.#prefix.length), message);
  }
}
