/**
 * Calls as text over a WebSocket, for clients without Netron: receives `{ id, call, args }` and answers with `{ id, result }`, with one `{
 * id, item }` for each item of a stream, or with `{ id, error }`.
 */
import { NetronError } from '../errors/netron-error.js';
import type { CallPeer } from '../middleware/call.js';
import { isStreamSource, streamSource } from '../service/call/stream-source.js';
import type { TextSocket } from '../transport/transport.js';
import { checkedStep } from '../util/iterate.js';
import { baseLimits } from '../wire/limits.js';
import { serviceFor } from './callers.js';
import { clientAddress } from './client-address.js';
import { FairQueue } from './fair-queue.js';
import type { HttpNode } from './http-node.js';
import type { HttpSettings } from './options.js';
import { reportedOutcome, writeProblem } from './problem.js';
import { readJson } from './read-json.js';
import { noMember, refused } from './refusal.js';
import { answerJson } from './write-answer.js';

/** Name of the subprotocol. */
export const jsonProtocol = 'netron.json';

/** Most characters of an id that is a string. */
const longestId = 256;

/** Most unanswered calls of one connection. */
const maxOpen = 1_000;

type Id = number | string;

/** One message of a client. */
interface Frame {
  readonly id?: unknown;
  readonly call?: unknown;
  readonly args?: unknown;
  readonly timeout?: unknown;
  readonly key?: unknown;
  /** Id of a call to cancel. */
  readonly cancel?: unknown;
  /** Credentials that replace those of the request. */
  readonly auth?: unknown;
}

export class JsonSocket {
  readonly #node: HttpNode;
  readonly #settings: HttpSettings;
  readonly #socket: Omit<TextSocket, 'listener'>;
  readonly #open = new Map<Id, AbortController>();
  readonly #queue: FairQueue<string>;
  readonly #facts: { readonly id: string; readonly address: string; readonly transport: string };
  #caller: Promise<CallPeer>;
  /** Whether the credentials of the request could not be checked because of an outage: the next call checks them again. */
  #unknown = false;
  #drained = () => {};
  #full: Promise<void> | undefined;
  #leaving = false;
  #closing = false;
  #authenticating = false;

  /** @param number of the connection, unique in its node */
  constructor(node: HttpNode, settings: HttpSettings, socket: Omit<TextSocket, 'listener'>, number: number) {
    this.#node = node;
    this.#settings = settings;
    this.#socket = socket;
    this.#queue = new FairQueue({ start: (text) => this.#take(text), pause: () => socket.pause(), resume: () => this.#rested() });
    const address = clientAddress(socket.header('x-forwarded-for'), socket.address, settings.trusts);
    this.#facts = { id: `${address}#${number}`, address, transport: 'websocket' };
    this.#caller = this.#opened();
    this.#use(this.#caller);
  }

  /** Closes the connection once all received calls are answered. */
  leave(): void {
    this.#leaving = true;
    this.#rested();
  }

  text(text: string): void {
    if (!this.#closing) this.#queue.begin(text);
  }

  /** Called when no message waits for its turn or a call was answered: continues reading, or closes a draining connection. */
  #rested(): void {
    if (this.#leaving && this.#open.size === 0 && this.#queue.waiting === 0) this.#close(1001, 'the node is draining');
    else this.#resume();
  }

  /** Discards further messages, including those that wait for their turn, and reads until the client closes. */
  ending(): void {
    this.#closing = true;
    this.#queue.clear();
    this.#socket.resume();
  }

  #close(code: number, reason: string): void {
    if (this.#closing) return;
    this.ending();
    this.#socket.close(code, reason);
  }

  #take(text: string): void {
    let frame: Frame;
    try {
      const limits = { ...baseLimits, elements: this.#settings.maxElements };
      frame = readJson(text, { rich: false, limits }) as Frame;
      if (typeof frame !== 'object' || frame === null || Array.isArray(frame)) throw new TypeError('expected an object');
    } catch {
      return this.#close(1007, 'expected a JSON object within the limits');
    }
    if (frame.cancel !== undefined) return this.#open.get(frame.cancel as Id)?.abort();
    const { id } = frame;
    if (!isId(id) || this.#open.has(id)) {
      return this.#close(1008, `each call must have a unique id: a number, or a string of at most ${longestId} characters`);
    }
    if (frame.auth !== undefined) return this.#onCredentials(id, frame.auth);
    if (this.#open.size >= maxOpen) {
      return this.#fail(
        id,
        refused(new NetronError('resource_exhausted', `${maxOpen} calls are already open`, { retryAfterMs: 1_000 })),
      );
    }
    const controller = new AbortController();
    this.#open.set(id, controller);
    void this.#run(id, frame, controller.signal)
      .catch((error: unknown) => this.#fail(id, error))
      .finally(() => {
        this.#open.delete(id);
        if (this.#leaving) this.#rested();
      });
  }

  drained(): void {
    this.#full = undefined;
    this.#drained();
    this.#resume();
  }

  /** Continues reading once no message waits for its turn and no answer waits for the client. */
  #resume(): void {
    if (this.#full === undefined && this.#queue.waiting === 0) this.#socket.resume();
  }

  /** Cancels all calls: the client has disconnected. */
  closed(): void {
    this.#queue.clear();
    for (const controller of this.#open.values()) controller.abort();
    this.#drained();
  }

  /** Checks new credentials, one set at a time, since the check may take long. */
  #onCredentials(id: Id, credentials: unknown): void {
    if (this.#authenticating) {
      return this.#fail(id, refused(new NetronError('resource_exhausted', 'other credentials are being verified')));
    }
    this.#authenticating = true;
    const before = this.#caller;
    this.#use(this.#authenticated(() => credentials));
    void this.#caller
      .then(
        () => this.#send({ id }, 'result', null),
        (error: unknown) => {
          // An outage leaves the caller unchanged.
          if (isOutage(error)) this.#use(before);
          this.#fail(id, error);
        },
      )
      .finally(() => {
        this.#authenticating = false;
      });
  }

  /** Authenticates the request that opened the connection. */
  #opened(): Promise<CallPeer> {
    const header = (name: string) => this.#socket.header(name);
    return this.#authenticated(() => this.#settings.credentials({ header, address: this.#facts.address }));
  }

  /** Makes `caller` the caller of the calls that follow. */
  #use(caller: Promise<CallPeer>): void {
    this.#caller = caller;
    this.#unknown = false;
    caller.catch((error: unknown) => {
      if (this.#caller === caller) this.#unknown = isOutage(error);
    });
  }

  #authenticated(credentials: () => unknown): Promise<CallPeer> {
    const facts = { ...this.#facts, certificate: this.#socket.certificate };
    const caller = (async () => {
      const shown = await this.#node.awaitCredentials((async () => credentials())(), facts);
      return { ...this.#facts, identity: await this.#node.authenticate(shown, facts) };
    })().catch((error: unknown) => {
      throw refused(error);
    });
    caller.catch(() => {});
    return caller;
  }

  async #run(id: Id, { call, args = [], timeout, key }: Frame, signal: AbortSignal): Promise<void> {
    const at = typeof call === 'string' ? call.lastIndexOf('.') : -1;
    if (typeof call !== 'string' || at < 1 || !Array.isArray(args))
      throw invalid('a call must be { id, call: "service.member", args: […] }');
    if (timeout !== undefined && (typeof timeout !== 'number' || !(timeout >= 0)))
      throw invalid('timeout must be a non-negative number of milliseconds');
    if (key !== undefined && (typeof key !== 'string' || key.length > 256))
      throw invalid('key must be a string of at most 256 characters');
    if (this.#unknown) this.#use(this.#opened());
    const caller = await this.#caller;
    const name = call.slice(0, at);
    const method = call.slice(at + 1);
    const service = await serviceFor(this.#node, name, caller);
    if (!service.byName.has(method)) throw refused(noMember());
    const sent = { timeout, idempotencyKey: key, headers: undefined, trace: undefined };
    const made = { service: name, method, args, caller, signal, disconnects: undefined, onBegin: undefined, ...sent };
    const value = await this.#node.dispatchTo(service, made);
    if (typeof value !== 'object' || value === null || !isStreamSource(value)) return this.#send({ id }, 'result', value);
    const items = streamSource(value);
    const close = () => items.close();
    signal.addEventListener('abort', close, { once: true });
    try {
      for (;;) {
        const { done, value: item } = checkedStep(await items.next());
        if (signal.aborted) return;
        if (done === true) break;
        this.#send({ id }, 'item', item);
        if (this.#full !== undefined) await this.#full;
        if (signal.aborted) return;
      }
    } finally {
      // Also closes the stream when an item cannot be written.
      close();
    }
    this.#socket.send(JSON.stringify({ id, end: true }));
  }

  #send(head: { readonly id: Id }, name: 'result' | 'item', value: unknown): void {
    const written = answerJson(value, { rich: false, errors: this.#node.errors }, name);
    this.#write(`${JSON.stringify(head).slice(0, -1)},"${name}":${written}}`, name === 'result');
  }

  #fail(id: Id, error: unknown): void {
    const { body } = writeProblem(error, { errors: this.#node.errors, outcome: reportedOutcome(error) });
    this.#write(`{"id":${JSON.stringify(id)},"error":${body}}`, true);
  }

  /**
   * Sends a message. While a client does not read its answers, nothing is read from it. Streams wait on their own, so that the client can
   * still cancel them.
   */
  #write(text: string, isAnswer: boolean): void {
    if (this.#socket.send(text)) return;
    if (isAnswer && !this.#closing) this.#socket.pause();
    if (this.#full !== undefined) return;
    this.#full = new Promise((resolve) => {
      this.#drained = resolve;
    });
  }
}

/** Whether an answer can contain the id, which 1e999, for instance, cannot be. */
const isId = (id: unknown): id is Id => (typeof id === 'string' ? id.length <= longestId : Number.isFinite(id));

const isOutage = (error: unknown): boolean => NetronError.is(error, 'unavailable');

function invalid(message: string): NetronError {
  return refused(new NetronError('invalid_argument', message));
}
