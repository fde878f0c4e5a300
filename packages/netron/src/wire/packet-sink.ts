import type { Code } from '../errors/codes.js';
import type { CallHeader } from './call-header.js';
import type { Received } from './received.js';

/**
 * Receives packets as they are read: one call per packet, without an object around it. Types and ranges have been checked. Packets with
 * values of the program come with the references and streams in those values; the ones that the sink has not taken when it returns are
 * released. When a value could not be received, the reason is stored there.
 */
export interface PacketSink {
  hello(version: number, body: unknown): void;
  call(
    id: number,
    handle: number,
    member: number,
    flags: number,
    header: CallHeader | undefined,
    args: unknown[],
    received: Received | undefined,
  ): void;
  pipe(
    id: number,
    source: number,
    path: string[],
    flags: number,
    header: CallHeader | undefined,
    args: unknown[] | undefined,
    received: Received | undefined,
  ): void;
  result(id: number, value: unknown, received: Received | undefined): void;
  /**
   * @param notRun whether the method did not start; absent when the packet has neither flag
   * @param doubted whether it is unknown if the method ran
   */
  error(id: number, error: Error, notRun?: boolean, doubted?: boolean): void;
  cancel(id: number): void;
  drop(id: number): void;
  /** `size` is the length of the whole packet in bytes, which counts against the stream's credit. */
  item(stream: number, value: unknown, size: number, received: Received | undefined): void;
  /** `chunk` may be a view of the message. */
  bytes(stream: number, chunk: Uint8Array): void;
  /** A following message consists of `length` bytes of the stream; only packets of this kind may follow in this message. */
  raw(stream: number, length: number): void;
  /** @param value return value of the producer's generator */
  end(stream: number, value?: unknown, received?: Received): void;
  fail(stream: number, error: Error): void;
  credit(stream: number, bytes: number): void;
  stop(stream: number): void;
  event(subscription: number, name: string | undefined, data: unknown, received: Received | undefined): void;
  release(handle: number, count: number): void;
  ping(number: number): void;
  pong(number: number): void;
  services(added: string[], removed: string[]): void;
  /** `code` is a `Code`; an unknown one has become `unknown`. */
  goodbye(code: Code, reason: string, retryAfterMs: number | undefined): void;
  /** A packet of a later version was skipped; it is answered by `writeUnknown(writer, kind)`. */
  unknown(kind: number): void;
  /** Handles the count of session messages that have arrived at the other end. Absent without a session: the packet is then unknown. */
  readonly ack?: ((count: number) => void) | undefined;
}
