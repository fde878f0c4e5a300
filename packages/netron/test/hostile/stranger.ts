/** One end of a connection made by hand: says whatever it likes, and keeps what it hears. */

import { MemoryTransport, type Netron } from '../../src/index.js';
import type { Connection, ConnectionReceiver } from '../../src/transport/transport.js';
import { defaultLimits } from '../../src/wire/limits.js';
import { type PacketSink, protocolVersion, readPackets, writeCall, writeHello } from '../../src/wire/packets.js';
import { richReader, richWriter } from '../../src/wire/rich-values.js';
import type { Writer } from '../../src/wire/writer.js';
import { errors, Handle, handles } from '../vectors/notation.js';

export { Handle } from '../vectors/notation.js';

/** Writes one packet, or whatever it likes. */
export type Write = (writer: Writer) => void;

/** A packet that came. */
export interface Heard {
  readonly kind: string;
  readonly fields: readonly unknown[];
}

/** No limit of its own keeps a stranger from anything. */
const boundless = { ...defaultLimits, message: 2 ** 27, elements: 2 ** 30, depth: 256 };

const writer = Object.assign(richWriter(64 * 1024, boundless), { handles, errors });
const reader = Object.assign(richReader(boundless), { handles, errors });

/** The bytes of one message. */
export function message(...packets: readonly Write[]): Uint8Array {
  writer.reset();
  for (const write of packets) write(writer);
  // A copy: `slice` of a Buffer would be a view.
  return Uint8Array.from(writer.buffer.subarray(0, writer.position));
}

/** The packets in a message; `raw` chunks and other things that are none come as `bytes`. */
export function packetsOf(bytes: Uint8Array): Heard[] {
  const heard: Heard[] = [];
  const sink = new Proxy({} as PacketSink, {
    get:
      (_target, kind: string) =>
      (...fields: unknown[]) =>
        heard.push({ kind, fields }),
  });
  try {
    reader.load(bytes);
    readPackets(reader, sink);
  } catch {
    heard.push({ kind: 'not packets', fields: [bytes.length] });
  }
  return heard;
}

let strangers = 0;

/** What a stranger says of itself, unless told otherwise. */
export function greeting(fields: Record<string, unknown> = {}): Write {
  strangers += 1;
  return (to) =>
    writeHello(to, protocolVersion, { id: `stranger-${strangers}`, limits: {}, features: [], services: [], ...fields });
}

/** Handles of types 16 to 19 and 21, as values. */
export const reference = (handle: unknown, definition: unknown = null) => new Handle(16, [handle, definition]);
export const stream = (id: unknown, kind: unknown = 0) => new Handle(17, [id, kind]);
export const blob = (id: unknown, facts: unknown = { size: 1, type: '' }) => new Handle(18, [id, facts]);
export const own = (handle: unknown) => new Handle(19, [handle]);
export const result = (call: unknown) => new Handle(21, [call]);

/** The first member of the node's own service; the others follow. */
export const system = { query: 0, task: 1, subscribe: 2, unsubscribe: 3, answer: 4, expose: 5, conceal: 6, step: 8 } as const;

export class Stranger implements ConnectionReceiver {
  readonly connection: Connection;
  readonly heard: Heard[] = [];
  /** Bytes that came. */
  bytes = 0;
  /** Keeps nothing of what it hears. */
  forgetful = false;
  ended = false;
  error: Error | undefined;
  #waiting: { readonly done: () => boolean; readonly resolve: () => void }[] = [];
  #calls = 0;

  constructor(connection: Connection) {
    this.connection = connection;
    connection.start(this);
  }

  message(bytes: Uint8Array): void {
    this.bytes += bytes.length;
    if (!this.forgetful) this.heard.push(...packetsOf(bytes));
    this.#check();
  }

  drained(): void {
    this.#check();
  }

  closed(error: Error | undefined): void {
    this.ended = true;
    this.error = error;
    this.#check();
  }

  /** Sends packets as one message. */
  say(...packets: readonly Write[]): void {
    this.connection.send(message(...packets));
  }

  /** Sends bytes as one message. */
  send(bytes: Uint8Array): void {
    this.connection.send(bytes);
  }

  /** Says hello and waits for the answer. */
  async greet(fields?: Record<string, unknown>): Promise<this> {
    this.say(greeting(fields));
    await this.until(() => this.ended || this.heard.some(({ kind }) => kind === 'hello'));
    if (this.ended) throw new Error('the greeting was not answered', { cause: this.error });
    return this;
  }

  /** Calls a member, answers with its `result` or `error` packet. */
  async call(handle: number, member: number, args: readonly unknown[], flags = 0): Promise<Heard> {
    this.#calls += 1;
    const id = this.#calls;
    this.say((to) => writeCall(to, id, handle, member, flags, undefined, args));
    return this.answer(id);
  }

  /** The answer to call `id`. */
  async answer(id: number): Promise<Heard> {
    const answers = ({ kind, fields }: Heard): boolean => (kind === 'result' || kind === 'error') && fields[0] === id;
    await this.until(() => this.ended || this.heard.some(answers));
    const found = this.heard.find(answers);
    if (found === undefined) throw new Error(`call ${id} was not answered`, { cause: this.error });
    return found;
  }

  /** The handle of a service. */
  async query(name: string): Promise<number> {
    const { kind, fields } = await this.call(0, system.query, [name]);
    if (kind !== 'result') throw new Error(`no service ${name}`, { cause: fields[1] });
    return handleIn(fields[1]);
  }

  /** Resolves when `done` answers true. */
  until(done: () => boolean, ms = 60_000): Promise<void> {
    if (done()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`waited ${ms} ms for: ${done}`)), ms);
      this.#waiting.push({
        done,
        resolve: () => {
          clearTimeout(timer);
          resolve();
        },
      });
    });
  }

  async end(ms?: number): Promise<Error | undefined> {
    await this.until(() => this.ended, ms);
    return this.error;
  }

  leave(): void {
    this.connection.terminate();
  }

  #check(): void {
    if (this.#waiting.length === 0) return;
    const ready = this.#waiting.filter(({ done }) => done());
    this.#waiting = this.#waiting.filter((waiting) => !ready.includes(waiting));
    for (const { resolve } of ready) resolve();
  }
}

/** The number of a reference that came. */
export function handleIn(value: unknown): number {
  const handle = value instanceof Handle ? value : (value as { handle: Handle }).handle;
  return handle.body[0] as number;
}

/** The code of an error that came. */
export function codeOf({ fields }: Heard): string {
  return (fields[1] as { wire: { code: string } }).wire.code;
}

/** The message of an error that came. */
export function textOf({ fields }: Heard): string {
  return (fields[1] as { wire: { message: string } }).wire.message;
}

/** Comes to a node over the transport that one of its addresses names. */
export async function visit(
  node: Netron,
  fields?: Record<string, unknown>,
  address = node.addresses[0] as string,
): Promise<Stranger> {
  const scheme = address.slice(0, address.indexOf(':'));
  const transport = node.transports.find(({ schemes }) => schemes.includes(scheme));
  if (transport === undefined) throw new Error(`no transport for ${address}`);
  return new Stranger(await transport.connect(address, { maxMessage: 2 ** 26 })).greet(fields);
}

/** A server made by hand: whoever connects gets a `Stranger` for an answer. */
export async function strangeServer(
  transport: MemoryTransport,
  onVisit: (stranger: Stranger) => void,
  name = 'strange',
): Promise<AsyncDisposable & { readonly address: string }> {
  const server = await transport.listen(name);
  server.accept((connection) => onVisit(new Stranger(connection)));
  return { address: server.address, [Symbol.asyncDispose]: () => server.close() };
}

export { MemoryTransport };
