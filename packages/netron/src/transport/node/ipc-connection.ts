import type { Clock } from '../../util/clock.js';
import { type Channel, ChannelConnection, type ChannelPacket } from '../channel-connection.js';

/** Common members of a `ChildProcess` and `process`. */
export interface ProcessChannel {
  readonly connected?: boolean;
  send?(message: unknown, onSent: (error: Error | null) => void): boolean;
  on(event: string, listener: (...args: never[]) => void): unknown;
  off(event: string, listener: (...args: never[]) => void): unknown;
}

/** The one property of our messages on a channel that the application uses too. */
const key = '@netron/ipc';

const kinds = ['hello', 'ready', 'open', 'accept', 'refuse', 'data', 'text', 'taken', 'bye'] as const;
type Kind = (typeof kinds)[number];

/** One of our messages: of which connection, and what it is. */
export interface Envelope {
  readonly id: number;
  readonly kind: Kind;
  readonly payload: unknown;
}

/** Bytes that JSON would not leave as they are. */
export const probe = Uint8Array.of(0, 200, 255);

/** Whether the channel carries bytes as bytes (`serialization: 'advanced'`); as JSON it makes them an object. */
export function survived(payload: unknown): boolean {
  return payload instanceof Uint8Array && payload.length === probe.length && payload.every((byte, i) => byte === probe[i]);
}

/**
 * Sends one message. A closed channel is noticed by `disconnect`, not here.
 *
 * @param onSent called when it has left this process, or never will
 */
export function write(target: ProcessChannel, id: number, kind: Kind, payload: unknown, onSent = () => {}): void {
  if (target.connected === false || target.send === undefined) onSent();
  else target.send({ [key]: [id, kind, payload] }, onSent);
}

/** Reads one of our messages; `undefined` for those of the application. */
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
  /** The channel carries bytes as they are; otherwise they travel as base64. */
  binary: boolean;
  /** Largest message accepted, in bytes. Default 1 MiB. */
  maxMessage?: number;
  /** Default: the system's. */
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
