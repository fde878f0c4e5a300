/** Connection of a node to a broker: limits and sends its messages, and passes on those of others. */
import { NetronError } from '../../errors/netron-error.js';
import type { Backplane, BackplaneHost, BackplaneState } from './backplane.js';
import { type EnvelopeNode, Envelopes, type Kind, type Message } from './envelope.js';

/** Maximum number of bytes that the broker has not accepted yet. */
const maxUnsent = 16 * 1024 * 1024;

/** Settings of events over a backplane. */
export interface BackplaneSettings {
  /** Nodes with the same namespace receive each other's messages. */
  readonly namespace: string;
  /** Signs messages; messages without a valid signature are refused. */
  readonly secret: string | undefined;
}

/** Members of a node that its line uses. */
export interface LineNode extends EnvelopeNode, Pick<BackplaneHost, 'clock' | 'random'> {
  failed(error: unknown, event: string): void;
}

/** Receives the messages and state changes of a line. */
export interface LineListener {
  message(channel: string, message: Message): void;
  up(): void;
  /** Called when the broker can no longer be reached, or cannot be reached at first. */
  down(error: Error): void;
}

export class BackplaneLine {
  readonly #node: LineNode;
  readonly #backplane: Backplane;
  readonly #namespace: string;
  readonly #envelopes: Envelopes;
  #unsent = 0;
  #dropped = 0;
  #refused = 0;
  #refusal: string | undefined;
  #up: boolean | undefined;
  #error: NetronError | undefined;
  #ended = false;

  constructor(node: LineNode, backplane: Backplane, { namespace, secret }: BackplaneSettings) {
    this.#node = node;
    this.#backplane = backplane;
    this.#namespace = namespace;
    this.#envelopes = new Envelopes(node, secret);
  }

  get up(): boolean {
    return this.#up === true;
  }

  get state(): Omit<BackplaneState, 'nodes'> {
    return {
      name: this.#backplane.name,
      up: this.#up,
      error: this.#error,
      dropped: this.#dropped,
      refused: this.#refused,
      refusal: this.#refusal,
    };
  }

  /** Rejects when the broker cannot be reached; attempts continue nevertheless. */
  start(listener: LineListener): Promise<void> {
    const { clock, random } = this.#node;
    const down = (error: Error): void => {
      const changed = this.#up !== false;
      this.#up = false;
      this.#error = NetronError.from(error, 'unavailable');
      if (changed && !this.#ended) listener.down(this.#error);
    };
    return this.#backplane.start({
      clock,
      random,
      namespace: this.#namespace,
      receive: (channel, bytes) => {
        if (this.#ended) return;
        const message = this.#envelopes.read(channel, bytes);
        if (typeof message === 'string') this.refuse(message);
        else listener.message(channel, message);
      },
      up: () => {
        if (this.#ended) return;
        this.#up = true;
        this.#error = undefined;
        listener.up();
      },
      down,
    });
  }

  subscribe(channel: string): Promise<void> {
    return this.#backplane.subscribe(channel);
  }

  unsubscribe(channel: string): void {
    this.#backplane.unsubscribe(channel).catch(() => {});
  }

  /**
   * Sends a message. A value that cannot be sent is thrown synchronously.
   *
   * @returns rejects with `unavailable` when the broker has not accepted it, `resource_exhausted` when the broker is too slow
   */
  send(channel: string, kind: Kind, ...body: unknown[]): Promise<void> {
    return this.#publish(channel, this.#envelopes.write(channel, kind, ...body));
  }

  /** Sends a message without waiting for it, if the broker can be reached. */
  tell(channel: string, kind: Kind, ...body: unknown[]): void {
    if (this.#ended || !this.up) return;
    try {
      this.send(channel, kind, ...body).catch(() => {});
    } catch (error) {
      this.#node.failed(error, 'backplane');
    }
  }

  /** Counts a message that was refused. */
  refuse(reason: string): void {
    this.#refused += 1;
    this.#refusal = reason;
  }

  /** Stops. @param error the reason, unless the node itself has stopped */
  async stop(error?: Error): Promise<void> {
    this.#ended = true;
    if (error !== undefined) {
      this.#up = false;
      this.#error = NetronError.from(error, 'unavailable');
    }
    await this.#backplane.stop();
  }

  async #publish(channel: string, message: Uint8Array): Promise<void> {
    try {
      if (this.#ended) throw this.#error ?? new NetronError('unavailable', 'the backplane is closed');
      if (this.#unsent + message.length > maxUnsent)
        throw new NetronError('resource_exhausted', `${this.#unsent} bytes are waiting to be sent to the broker`);
      this.#unsent += message.length;
      try {
        await this.#backplane.publish(channel, message);
      } finally {
        this.#unsent -= message.length;
      }
    } catch (error) {
      this.#dropped += 1;
      throw NetronError.from(error, 'unavailable');
    }
  }
}
