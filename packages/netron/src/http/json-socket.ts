/**
 * Calls as texts over a WebSocket, for clients without Netron: receives `{ id, call, args }`, answers `{ id, result }`, one
 * `{ id, item }` for each item of a stream, or `{ id, error }`.
 */
import { NetronError } from '../errors/netron-error.js';
import type { CallPeer } from '../middleware/call.js';
import { isStreamSource, streamSource } from '../service/call/stream-source.js';
import type { TextSocket } from '../transport/transport.js';
import { checkedStep } from '../util/iterate.js';
import { baseLimits } from '../wire/limits.js';
import { serviceFor } from './callers.js';
import { clientAddress } from './client-address.js';
import type { HttpNode } from './http-node.js';
import type { HttpSettings } from './options.js';
import { toldOutcome, writeProblem } from './problem.js';
import { readJson } from './read-json.js';
import { noMember, refused } from './refusal.js';
import { Turns } from './turns.js';
import { answerJson } from './write-answer.js';

/** Name of the subprotocol. */
export const jsonProtocol = 'netron.json';

/** Characters of an id that is a text. */
const longestId = 256;

/** Calls of one connection that have not been answered. */
const mostOpen = 1_000;

type Id = number | string;

/** One text of a client. */
interface Frame {
  readonly id?: unknown;
  readonly call?: unknown;
  readonly args?: unknown;
  readonly timeout?: unknown;
  readonly key?: unknown;
  /** Number of a call that is given up. */
  readonly cancel?: unknown;
  /** Credentials, in place of those of the request. */
  readonly auth?: unknown;
}

export class JsonSocket {
  readonly #node: HttpNode;
  readonly #settings: HttpSettings;
  readonly #socket: Omit<TextSocket, 'listener'>;
  readonly #open = new Map<Id, AbortController>();
  readonly #turns: Turns;
  readonly #facts: { readonly id: string; readonly address: string; readonly transport: string };
  #caller: Promise<CallPeer>;
  /** Nobody could look at the credentials of the request: the next call asks again. */
  #unknown = false;
  #drained = () => {};
  #full: Promise<void> | undefined;
  #leaving = false;
  #closing = false;
  #authenticating = false;

  /** @param number of the connection among those of its node */
  constructor(node: HttpNode, settings: HttpSettings, socket: Omit<TextSocket, 'listener'>, number: number) {
    this.#node = node;
    this.#settings = settings;
    this.#socket = socket;
    this.#turns = new Turns({ pause: () => socket.pause(), resume: () => this.#rested() });
    const address = clientAddress(socket.header('x-forwarded-for'), socket.address, settings.trusts);
    this.#facts = { id: `${address}#${number}`, address, transport: 'websocket' };
    this.#caller = this.#opened();
    this.#use(this.#caller);
  }

  /** Ends the connection when the calls that have come have been answered. */
  leave(): void {
    this.#leaving = true;
    this.#rested();
  }

  text(text: string): void {
    if (!this.#closing) this.#turns.begin(() => this.#take(text));
  }

  /** Nothing waits for its turn, or a call has been answered: reads on, or leaves. */
  #rested(): void {
    if (this.#leaving && this.#open.size === 0 && this.#turns.waiting === 0) this.#close(1001, 'the node takes leave');
    else this.#resume();
  }

  /** Takes no more texts, those that wait for their turn included, and reads the client's own end. */
  ending(): void {
    this.#closing = true;
    this.#turns.clear();
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
      return this.#close(1008, `each call has an id of its own: a number, or a text of at most ${longestId} characters`);
    }
    if (frame.auth !== undefined) return this.#onCredentials(id, frame.auth);
    if (this.#open.size >= mostOpen) {
      return this.#fail(
        id,
        refused(new NetronError('resource_exhausted', `${mostOpen} calls are open`, { retryAfterMs: 1_000 })),
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

  /** Reads on, once no text waits for its turn, and no answer for the client. */
  #resume(): void {
    if (this.#full === undefined && this.#turns.waiting === 0) this.#socket.resume();
  }

  /** The client has gone: what it asked for is given up. */
  closed(): void {
    this.#turns.clear();
    for (const controller of this.#open.values()) controller.abort();
    this.#drained();
  }

  /** One at a time: whoever looks at them may take long. */
  #onCredentials(id: Id, credentials: unknown): void {
    if (this.#authenticating) {
      return this.#fail(id, refused(new NetronError('resource_exhausted', 'other credentials are being looked at')));
    }
    this.#authenticating = true;
    const before = this.#caller;
    this.#use(this.#authenticated(() => credentials));
    void this.#caller
      .then(
        () => this.#send({ id }, 'result', null),
        (error: unknown) => {
          // An outage changes nothing.
          if (isOutage(error)) this.#use(before);
          this.#fail(id, error);
        },
      )
      .finally(() => {
        this.#authenticating = false;
      });
  }

  /** Finds out who has made the request that opened the connection. */
  #opened(): Promise<CallPeer> {
    const header = (name: string) => this.#socket.header(name);
    return this.#authenticated(() => this.#settings.credentials({ header, address: this.#facts.address }));
  }

  /** The calls that follow are made by this caller. */
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
      throw invalid('a call is { id, call: "service.member", args: […] }');
    if (timeout !== undefined && (typeof timeout !== 'number' || !(timeout >= 0)))
      throw invalid('timeout is milliseconds from 0');
    if (key !== undefined && (typeof key !== 'string' || key.length > 256))
      throw invalid('key is a text of at most 256 characters');
    if (this.#unknown) this.#use(this.#opened());
    const caller = await this.#caller;
    const name = call.slice(0, at);
    const method = call.slice(at + 1);
    const service = await serviceFor(this.#node, name, caller);
    if (!service.byName.has(method)) throw refused(noMember());
    const sent = { timeout, idempotencyKey: key, headers: undefined, trace: undefined };
    const made = { service: name, method, args, caller, signal, left: undefined, began: undefined, ...sent };
    const value = await this.#node.dispatchTo(service, made);
    if (typeof value !== 'object' || value === null || !isStreamSource(value)) return this.#send({ id }, 'result', value);
    const items = streamSource(value);
    const left = () => items.close();
    signal.addEventListener('abort', left, { once: true });
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
      // Whatever ends it: an item that cannot be written, for instance.
      left();
    }
    this.#socket.send(JSON.stringify({ id, end: true }));
  }

  #send(head: { readonly id: Id }, name: 'result' | 'item', value: unknown): void {
    const written = answerJson(value, { rich: false, errors: this.#node.errors }, name);
    this.#write(`${JSON.stringify(head).slice(0, -1)},"${name}":${written}}`, name === 'result');
  }

  #fail(id: Id, error: unknown): void {
    const { body } = writeProblem(error, { errors: this.#node.errors, outcome: toldOutcome(error) });
    this.#write(`{"id":${JSON.stringify(id)},"error":${body}}`, true);
  }

  /**
   * Sends a text. A client that does not read its answers is not listened to until it does; streams wait by themselves, so
   * that they can be given up meanwhile.
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

/** Whether an answer can name a call by it: 1e999, for instance, it could not. */
const isId = (id: unknown): id is Id => (typeof id === 'string' ? id.length <= longestId : Number.isFinite(id));

const isOutage = (error: unknown): boolean => NetronError.is(error, 'unavailable');

function invalid(message: string): NetronError {
  return refused(new NetronError('invalid_argument', message));
}
