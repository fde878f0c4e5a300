/**
 * The exchange of hellos on a new connection. Until it is done, the other end has no rights, no state but this, and may send one message
 * of at most 64 KiB.
 */
import { NetronError } from '../../errors/netron-error.js';
import type { Connection, ConnectionReceiver } from '../../transport/transport.js';
import { helloLimit } from '../../wire/limits.js';
import type { NodeBasis } from '../node-role.js';
import { type Hello, Refusal, readHello, sendGoodbye, sendHello } from './greeting.js';
import { longestCarried, partsFeature } from './message-limits.js';

/** Passes what a connection receives to its present receiver. */
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
  readonly node: Pick<NodeBasis, 'announced' | 'buffers' | 'clock' | 'greetings' | 'values'>;
  /** Milliseconds within which the other end must send its hello. */
  readonly timeout: number;
}

/**
 * Sends the hello first and waits for the answer.
 *
 * @param onHello returns the receiver of everything that follows, synchronously, since further messages may be in the same read
 * @throws NetronError `deadline_exceeded`, `unavailable` when the connection ends, or the error that the other end sent
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
 * @param admit returns the hello of this end, or throws the error that the other end receives; may be asynchronous
 * @param onAdmitted returns the receiver of everything that follows
 */
export function acceptHandshake(
  connection: Connection,
  options: HandshakeOptions,
  admit: (remote: Hello) => Promise<Hello>,
  onAdmitted: (remote: Hello, local: Hello) => ConnectionReceiver,
): Promise<void> {
  return exchange(connection, options, async (remote, mailbox, goesOn) => {
    try {
      const local = await admit(remote);
      // The other end may have left, or the time is over.
      if (!goesOn()) return;
      sendHello(connection, local, options.node);
      mailbox.target = onAdmitted(remote, local);
    } catch (error) {
      // Details of an internal failure are only logged locally.
      throw NetronError.is(error) ? error : new NetronError('internal', 'internal error', { cause: error });
    }
  });
}

type Answer = (remote: Hello, mailbox: Mailbox, goesOn: () => boolean) => Promise<void> | void;

function exchange(connection: Connection, { node, timeout }: HandshakeOptions, answer: Answer, first?: Hello): Promise<void> {
  const { announced, clock } = node;
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
    const late = (): NetronError =>
      state === 'waiting'
        ? new NetronError('deadline_exceeded', `no hello arrived within ${timeout} ms`)
        : new NetronError('unavailable', `the hello was not answered within ${timeout} ms`);
    const timer = clock.setTimeout(() => fail(late(), true), timeout, true);
    const done = (remote: Hello): void => {
      if (state === 'done') return;
      state = 'done';
      clock.clearTimeout(timer);
      connection.limitMessage?.(
        longestCarried(announced, (first ?? remote).features.includes(partsFeature) && remote.features.includes(partsFeature)),
      );
      resolve();
    };
    const mailbox = new Mailbox({
      message(bytes) {
        if (state !== 'waiting')
          return fail(new NetronError('invalid_argument', 'a message arrived before the end of the handshake'), true);
        state = 'answering';
        let remote: Hello;
        try {
          remote = readHello(node.greetings, bytes);
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
      sendHello(connection, first, node);
    } catch (error) {
      fail(NetronError.from(error, 'invalid_argument'), false);
    }
  });
}

const silent: ConnectionReceiver = { message() {}, drained() {}, closed() {} };
