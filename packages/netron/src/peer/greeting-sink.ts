import { isCode } from '../errors/codes.js';
import { NetronError } from '../errors/netron-error.js';
import type { PacketSink } from '../wire/packets.js';

/** Takes the one packet that a first message may hold: hello, or the goodbye that is said instead. */
export class GreetingSink implements PacketSink {
  version = 0;
  body: unknown;
  refusal: NetronError | undefined;
  #done = false;

  hello(version: number, body: unknown): void {
    this.#once();
    this.version = version;
    this.body = body;
  }

  goodbye(code: string, reason: string, retryAfterMs: number | undefined): void {
    this.#once();
    this.refusal = new NetronError(isCode(code) ? code : 'unknown', reason, retryAfterMs === undefined ? {} : { retryAfterMs });
  }

  call = early;
  pipe = early;
  result = early;
  error = early;
  cancel = early;
  drop = early;
  item = early;
  bytes = early;
  raw = early;
  end = early;
  fail = early;
  credit = early;
  stop = early;
  event = early;
  release = early;
  ping = early;
  pong = early;
  services = early;
  unknown = early;

  #once(): void {
    if (this.#done) early();
    this.#done = true;
  }
}

function early(): never {
  throw new NetronError('invalid_argument', 'the first message is not a hello');
}
