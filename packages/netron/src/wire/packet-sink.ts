import type { Code } from '../errors/codes.js';
import type { CallHeader } from './call-header.js';
import type { Received } from './received.js';

/**
 * Takes packets as they are read: one call per packet, no object around it. Types and ranges have been checked. Packets with
 * values of the program come with what their values brought, if anything: what of that the sink has not taken when it returns
 * is given back. A value that cannot be had here has left its reason there.
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
   * @param notRun the method did not begin; absent when the packet says neither this nor the next
   * @param doubted nobody can say whether the method ran
   */
  error(id: number, error: Error, notRun?: boolean, doubted?: boolean): void;
  cancel(id: number): void;
  drop(id: number): void;
  /** `size` is the length of the whole packet in bytes: what it costs of the stream's credit. */
  item(stream: number, value: unknown, size: number, received: Received | undefined): void;
  /** `chunk` may be a view of the message. */
  bytes(stream: number, chunk: Uint8Array): void;
  /** A message that follows this one is `length` bytes of the stream; only others of its kind follow in this message. */
  raw(stream: number, length: number): void;
  /** @param value what the producer's generator has returned */
  end(stream: number, value?: unknown, received?: Received): void;
  fail(stream: number, error: Error): void;
  credit(stream: number, bytes: number): void;
  stop(stream: number): void;
  event(subscription: number, name: string | undefined, data: unknown, received: Received | undefined): void;
  release(handle: number, count: number): void;
  ping(number: number): void;
  pong(number: number): void;
  services(added: string[], removed: string[]): void;
  /** `code` is a `Code`; one that is not known here has become `unknown`. */
  goodbye(code: Code, reason: string, retryAfterMs: number | undefined): void;
  /** A packet of a later version was skipped; it is answered by `writeUnknown(writer, kind)`. */
  unknown(kind: number): void;
  /** Messages of the session that have arrived at the other end. Absent when there is no session: then it is unknown. */
  readonly ack?: ((count: number) => void) | undefined;
}
