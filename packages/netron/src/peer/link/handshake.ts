/**
 * The first message each way: receives a fresh connection, hands on what both ends have said of themselves. Until it is
 * done the other end has no rights, no state but this, and one message of at most 64 KiB.
 */
import { NetronError } from '../../errors/netron-error.js';
import type { Connection, ConnectionReceiver } from '../../transport/transport.js';
import type { Clock } from '../../util/clock.js';
import { baseLimits, helloLimit, type Limits } from '../../wire/limits.js';
import { protocolVersion, readGreeting, writeGoodbye, writeHello } from '../../wire/packets.js';
import { Reader } from '../../wire/reader.js';
import type { ExtendedValues } from '../../wire/rich-values.js';
import { Writer } from '../../wire/writer.js';
import { type AnnouncedLimits, longestCarried, partsFeature, readLimits } from './message-limits.js';

/** Description of a node by its program: plain data, such as a zone, a version and labels. */
export type NodeMetadata = Readonly<Record<string, unknown>>;

/** Description that one end gives of itself. */
export interface Hello {
  /** The node's id. */
  readonly id: string;
  /** 1, or more when the same node has connected to the same address several times. */
  readonly ordinal: number;
  /** Says who is back after a lost connection: a secret that only the two ends know. */
  readonly session: Uint8Array | undefined;
  /** Secret that takes the place of `session` with the first message that follows. Only with the feature `resume`. */
  readonly next?: Uint8Array | undefined;
  /** Messages of the session that have arrived at this end; absent for a session that begins. Only with the feature `resume`. */
  readonly received?: number | undefined;
  readonly limits: AnnouncedLimits;
  /** Features of this end besides the protocol's base, for instance `deflate`. */
  readonly features: readonly string[];
  /** Random; tells two runs of a program with one id apart. */
  readonly instance: string | undefined;
  /** When the node was made, in milliseconds since 1970. For people: clocks differ. */
  readonly started: number | undefined;
  /** Description by the program, for instance its zone, version and labels. */
  readonly metadata: NodeMetadata | undefined;
  /** Milliseconds until the identity ends that this end has given to the other; absent for no end. */
  readonly expiresInMs: number | undefined;
  /** `name@version` of each exposed service. */
  readonly services: readonly string[];
  /** Definitions of services that have the handles from 1 on, not read yet. */
  readonly offers: readonly unknown[] | undefined;
  /** Credentials for the other end's `authenticate`. Clients only. */
  readonly credentials: unknown;
}

/** Delivers what a connection receives to whoever is in charge of it now. */
class Mailbox implements ConnectionReceiver {
  target: ConnectionReceiver;

  constructor(target: ConnectionReceiver) {
    this.target = target;
  }

  message(bytes: Uint8Array): void {
    this.target.message(bytes);
  }

  drained(): void {
    this.target.drained();
  }

  closed(error: Error | undefined): void {
    this.target.closed(error);
  }
}

/** Options of a handshake. */
export interface HandshakeOptions {
  /** Of `helloReader`. */
  readonly reader: Reader;
  readonly clock: Clock;
  /** Milliseconds until the other end must have said hello. */
  readonly timeout: number;
  /** Limits that the own hello announces: they bound the messages accepted afterwards. */
  readonly limits: AnnouncedLimits;
  /** Values that the own hello may hold besides plain ones. */
  readonly values: ExtendedValues | undefined;
}

/**
 * Says hello first and waits for the answer.
 *
 * @param onHello makes the receiver of everything that follows, at once: it may be in the same read
 * @throws NetronError `deadline_exceeded`, `unavailable` when the connection ends, or the error the other end gave
 */
export function startHandshake(
  connection: Connection,
  local: Hello,
  options: HandshakeOptions,
  onHello: (remote: Hello) => ConnectionReceiver,
): Promise<void> {
  return exchange(
    connection,
    options,
    (remote, mailbox) => {
      mailbox.target = onHello(remote);
    },
    local,
  );
}

/**
 * Waits for the other end's hello and answers it.
 *
 * @param admit decides, may take its time; gives the own hello, or throws what the other end is told
 * @param onAdmitted makes the receiver of everything that follows
 */
export function acceptHandshake(
  connection: Connection,
  options: HandshakeOptions,
  admit: (remote: Hello) => Promise<Hello>,
  onAdmitted: (remote: Hello, local: Hello) => ConnectionReceiver,
): Promise<void> {
  return exchange(connection, options, async (remote, mailbox, goesOn) => {
    const local = await admit(remote);
    // Who asked may have left, or run out of time.
    if (!goesOn()) return;
    sendHello(connection, local, options.values);
    mailbox.target = onAdmitted(remote, local);
  });
}

type Answer = (remote: Hello, mailbox: Mailbox, goesOn: () => boolean) => Promise<void> | void;

function exchange(
  connection: Connection,
  { reader, clock, timeout, limits, values }: HandshakeOptions,
  answer: Answer,
  first?: Hello,
): Promise<void> {
  return new Promise<void>((resolve, reject) => {
    let state: 'waiting' | 'answering' | 'done' = 'waiting';
    const fail = (error: NetronError, tell: boolean): void => {
      if (state === 'done') return;
      state = 'done';
      clock.clearTimeout(timer);
      mailbox.target = silent;
      if (tell) sendGoodbye(connection, error);
      connection.close(tell ? 1008 : 1000, error.message);
      reject(error);
    };
    const timer = clock.setTimeout(
      () => fail(new NetronError('deadline_exceeded', `no hello came within ${timeout} ms`), true),
      timeout,
      true,
    );
    const done = (remote: Hello): void => {
      if (state === 'done') return;
      state = 'done';
      clock.clearTimeout(timer);
      connection.limitMessage?.(
        longestCarried(limits, (first ?? remote).features.includes(partsFeature) && remote.features.includes(partsFeature)),
      );
      resolve();
    };
    const mailbox = new Mailbox({
      message(bytes) {
        if (state !== 'waiting')
          return fail(new NetronError('invalid_argument', 'a message came before the handshake was done'), true);
        state = 'answering';
        let remote: Hello;
        try {
          remote = readHello(reader, bytes);
        } catch (error) {
          const fromPeer = error instanceof Refusal;
          return fail(fromPeer ? error.error : NetronError.from(error, 'invalid_argument'), !fromPeer);
        }
        try {
          const answered = answer(remote, mailbox, () => state === 'answering');
          if (answered === undefined) done(remote);
          else
            answered.then(
              () => done(remote),
              (error: unknown) => fail(NetronError.from(error), true),
            );
        } catch (error) {
          fail(NetronError.from(error), true);
        }
      },
      drained() {},
      closed(error) {
        fail(new NetronError('unavailable', 'the connection ended during the handshake', { cause: error }), false);
      },
    });
    connection.limitMessage?.(helloLimit);
    connection.start(mailbox);
    if (first === undefined) return;
    try {
      sendHello(connection, first, values);
    } catch (error) {
      fail(NetronError.from(error, 'invalid_argument'), false);
    }
  });
}

const silent: ConnectionReceiver = { message() {}, drained() {}, closed() {} };

const helloLimits: Limits = { ...baseLimits, message: helloLimit, elements: 8192 };
const nothing = new Uint8Array(0);

/** Reads what strangers say, one message at a time. */
export function helloReader(values: ExtendedValues | undefined): Reader {
  return Object.assign(new Reader(helloLimits), { values });
}

function sendHello(connection: Connection, hello: Hello, values: ExtendedValues | undefined): void {
  const writer = new Writer(1024, helloLimits);
  writer.values = values;
  // Nothing is known of what the other end reads.
  writer.features = 0;
  // What there is, in the order that `ownHello` gives it.
  writeHello(writer, protocolVersion, Object.fromEntries(Object.entries(hello).filter(([, value]) => value !== undefined)));
  connection.send(writer.buffer.slice(0, writer.position));
}

/** Tells the other end why the connection is about to close. */
export function sendGoodbye(connection: Connection, error: NetronError): void {
  const writer = new Writer(256);
  writer.features = 0;
  writeGoodbye(writer, {
    code: error.code,
    reason: error.message.slice(0, 1024),
    ...(error.retryAfterMs !== undefined && { retryAfterMs: error.retryAfterMs }),
  });
  connection.send(writer.buffer.slice(0, writer.position));
}

/** The other end has said goodbye instead of hello. */
class Refusal extends Error {
  readonly error: NetronError;

  constructor(error: NetronError) {
    super(error.message);
    this.error = error;
  }
}

function readHello(reader: Reader, bytes: Uint8Array): Hello {
  if (bytes.length > helloLimit)
    throw new NetronError('resource_exhausted', `a first message of ${bytes.length} bytes exceeds ${helloLimit}`);
  let hello: Hello | undefined;
  try {
    reader.load(bytes);
    readGreeting(reader, {
      hello(version, body) {
        if (version !== protocolVersion) {
          throw new NetronError('failed_precondition', `protocol version ${version} is not spoken here, only ${protocolVersion}`);
        }
        hello = helloOf(body);
      },
      goodbye(code, reason, retryAfterMs) {
        throw new Refusal(new NetronError(code, reason, retryAfterMs === undefined ? {} : { retryAfterMs }));
      },
    });
  } finally {
    reader.load(nothing); // credentials are not kept
  }
  return hello as unknown as Hello;
}

function helloOf(body: unknown): Hello {
  if (typeof body !== 'object' || body === null) throw new NetronError('invalid_argument', 'hello is no map');
  const { id, ordinal, session, instance, started, metadata, ...rest } = body as Record<string, unknown>;
  const { next, received, limits, features, services, offers, credentials, expiresInMs } = rest;
  if (typeof id !== 'string' || id.length === 0 || id.length > 128)
    throw new NetronError('invalid_argument', 'hello has no usable id');
  return {
    id,
    ordinal: typeof ordinal === 'number' && Number.isSafeInteger(ordinal) && ordinal > 0 ? ordinal : 1,
    session: session instanceof Uint8Array && session.length === 16 ? session : undefined,
    next: next instanceof Uint8Array && next.length === 16 ? next : undefined,
    received: typeof received === 'number' && Number.isSafeInteger(received) && received >= 0 ? received : undefined,
    instance: typeof instance === 'string' && instance.length > 0 && instance.length <= 128 ? instance : undefined,
    started: typeof started === 'number' && started >= 0 ? started : undefined,
    metadata: isPlain(metadata) ? metadata : undefined,
    expiresInMs: typeof expiresInMs === 'number' && expiresInMs >= 0 ? expiresInMs : undefined,
    limits: readLimits(limits),
    features: strings(features),
    services: strings(services),
    offers: Array.isArray(offers) ? offers : undefined,
    credentials,
  };
}

function isPlain(value: unknown): value is NodeMetadata {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function strings(list: unknown): string[] {
  return Array.isArray(list) ? list.filter((item): item is string => typeof item === 'string') : [];
}
