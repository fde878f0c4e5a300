import type { Clock } from '../../util/clock.js';
import { type Channel, ChannelConnection, type ChannelPacket } from '../channel-connection.js';

/** Common members of a `ChildProcess` and `process`. */
export interface ProcessChannel {
  readonly connected?: boolean;
  send?(message: unknown, onSent: (error: Error | null) => void): boolean;
  on(event: string, listener: (...args: never[]) => void): unknown;
  off(event: string, listener: (...args: never[]) => void): unknown;
}

/** Property of Netron's messages on a channel that the application uses, too. */
const key = '@netron/ipc';

const kinds = ['hello', 'ready', 'open', 'accept', 'refuse', 'data', 'text', 'taken', 'bye'] as const;
type Kind = (typeof kinds)[number];

/** One of Netron's messages: its connection and its content. */
export interface Envelope {
  readonly id: number;
  readonly kind: Kind;
  readonly payload: unknown;
}

/** Bytes that JSON would not preserve. */
export const probe = Uint8Array.of(0, 200, 255);

/** Whether the channel carries bytes unchanged (`serialization: 'advanced'`); JSON turns them into an object. */
export function survived(payload: unknown): boolean {
  return payload instanceof Uint8Array && payload.length === probe.length && payload.every((byte, i) => byte === probe[i]);
}

/**
 * Sends one message. A closed channel is reported by `disconnect`, not here.
 *
 * @param onSent called when the message has left this process or never will
 */
export function write(target: ProcessChannel, id: number, kind: Kind, payload: unknown, onSent = () => {}): void {
  if (target.connected === false || target.send === undefined) onSent();
  else target.send({ [key]: [id, kind, payload] }, onSent);
}

/** Reads one of Netron's messages; returns `undefined` for those of the application. */
export function readEnvelope(data: unknown): Envelope | undefined {
  if (typeof data !== 'object' || data === null || !Object.hasOwn(data, key)) return undefined;
  const fields = (data as Record<string, unknown>)[key];
  if (!Array.isArray(fields)) return undefined;
  const [id, kind, payload] = fields as unknown[];
  return typeof id === 'number' && kinds.includes(kind as Kind) ? { id, kind: kind as Kind, payload } : undefined;
}

/** Options of an IPC connection. */
export interface IpcConnectionOptions {
  /** Number of the connection on its channel. */
  id: number;
  /** Whether the channel carries bytes unchanged; otherwise they are sent as base64. */
  binary: boolean;
  /** Largest message accepted, in bytes. Default 1 MiB. */
  maxMessage?: number;
  /** Default: the system's clock. */
  clock?: Clock;
  onRelease?: () => void;
}

/** Messages over the IPC channel between a process and its child. */
export class IpcConnection extends ChannelConnection {
  constructor(target: ProcessChannel, options: IpcConnectionOptions) {
    const channel = new IpcChannel(target, options);
    super(channel, { ...options, remoteAddress: 'ipc:' });
    channel.listen(
      (packet) => this.receive(packet),
      () => this.lost(),
    );
  }
}

class IpcChannel implements Channel {
  readonly #target: ProcessChannel;
  readonly #options: IpcConnectionOptions;
  #silence: (() => void) | undefined;
  #unsent = 0;

  constructor(target: ProcessChannel, options: IpcConnectionOptions) {
    this.#target = target;
    this.#options = options;
  }

  listen(onPacket: (packet: unknown) => void, onLost: () => void): void {
    const onMessage = (data: unknown) => {
      const envelope = readEnvelope(data);
      if (envelope?.id === this.#options.id) onPacket(packetOf(envelope));
    };
    this.#target.on('message', onMessage);
    this.#target.on('disconnect', onLost);
    this.#silence = () => {
      this.#target.off('message', onMessage);
      this.#target.off('disconnect', onLost);
    };
  }

  get unsent(): number {
    return this.#unsent;
  }

  post(packet: ChannelPacket): void {
    const { id, binary } = this.#options;
    if (typeof packet === 'number') write(this.#target, id, 'taken', packet);
    else if (!(packet instanceof Uint8Array)) write(this.#target, id, 'bye', packet);
    else {
      const { length } = packet;
      this.#unsent += length;
      const text = (): string => Buffer.from(packet.buffer, packet.byteOffset, length).toString('base64');
      write(this.#target, id, binary ? 'data' : 'text', binary ? packet : text(), () => {
        this.#unsent -= length;
      });
    }
  }

  release(): void {
    this.#silence?.();
    this.#silence = undefined;
    this.#options.onRelease?.();
  }
}

/** Returns the packet in an envelope; the connection refuses anything else. */
function packetOf({ kind, payload }: Envelope): unknown {
  return kind === 'text' && typeof payload === 'string' ? Buffer.from(payload, 'base64') : payload;
}
