/**
 * Sends the calls of one turn as one request, and settles each call as soon as its answer arrives. Loaded with the first call of a peer
 * that batches.
 */
import {
  type Clock,
  type ErrorCodec,
  mediaTypes,
  NetronError,
  onAbort,
  readJson,
  readProblem,
  withOutcome,
  writeJson,
} from '@omnitron-dev/netron/http/client';
import { leaving } from '../util/flight.js';
import { tagsIn } from '../util/sealed-tags.js';
import { checkResponse, networkFailure, unreadable } from './failure.js';
import type { Fetch, Reply } from './outgoing-call.js';
import { readFailure } from './status-failure.js';

/** One call to be batched. */
export interface BatchCall {
  readonly service: string;
  readonly method: string;
  readonly args: readonly unknown[];
  /** All headers of the call. Those that are the same for all calls are sent once, with the request. */
  readonly headers: Readonly<Record<string, string>>;
  /** Whether the call may run twice without harm. */
  readonly repeatable: boolean;
  readonly signal: AbortSignal;
}

/** Dependencies of a batcher. */
export interface BatcherParts {
  readonly base: string;
  readonly fetch: Fetch;
  readonly errors: ErrorCodec;
  readonly clock: Clock;
  readonly mode: RequestCredentials | undefined;
  /** Most calls of one request. */
  readonly most: number;
}

interface Item {
  readonly call: BatchCall;
  readonly id: number;
  /** @param answer `undefined`: the call must be sent alone */
  resolve(answer: Reply | undefined): void;
  reject(error: unknown): void;
  leave: () => void;
}

/** Headers that belong to one call, or to the form of its own request. */
const ownHeaders = new Set(['accept', 'content-type', 'if-none-match', 'netron-timeout', 'idempotency-key', 'netron-contract']);

/** Most characters of a line, which is the answer to one call. */
const longestLine = 64 * 1024 * 1024;

export class Batcher {
  readonly #parts: BatcherParts;
  readonly #waiting = new Map<string, Item[]>();
  /** Members whose last result cannot be carried in a batch. */
  readonly #alone = new Set<string>();
  #nextId = 1;
  #scheduled = false;

  constructor(parts: BatcherParts) {
    this.#parts = parts;
  }

  /**
   * Sends a call together with the others of the same turn.
   *
   * @param alone sends the call by itself, when there is no other or a batch cannot carry its result
   */
  async send(call: BatchCall, alone: () => Promise<Reply>): Promise<Reply> {
    const name = nameOf({ call });
    const answer = this.#alone.has(name) ? undefined : await this.#together(call);
    if (answer !== undefined) return answer;
    const reply = await alone();
    // The member returns a value again, which a batch can carry.
    if (isHarmless(call) && reply.streamed === undefined && !(reply.value instanceof Blob)) this.#alone.delete(name);
    return reply;
  }

  /** Resolves to `undefined` when the call must be sent alone. */
  #together(call: BatchCall): Promise<Reply | undefined> {
    return new Promise((resolve, reject) => {
      const item: Item = { call, id: this.#nextId++, resolve, reject, leave: () => {} };
      const group = JSON.stringify(
        Object.entries(call.headers)
          .filter(([name]) => !ownHeaders.has(name))
          .sort(),
      );
      const items = this.#waiting.get(group) ?? [];
      this.#waiting.set(group, items);
      items.push(item);
      item.leave = onAbort(call.signal, (reason) => {
        items.splice(items.indexOf(item), 1);
        reject(leaving(reason));
      });
      if (this.#scheduled) return;
      this.#scheduled = true;
      this.#parts.clock.setTimeout(() => this.#flush(), 0);
    });
  }

  #flush(): void {
    this.#scheduled = false;
    const groups = [...this.#waiting];
    this.#waiting.clear();
    for (const [group, items] of groups) {
      for (const item of items) item.leave();
      if (items.length === 1) items[0]!.resolve(undefined);
      else
        for (let at = 0; at < items.length; at += this.#parts.most)
          void this.#request(group, items.slice(at, at + this.#parts.most));
    }
  }

  /** Sends one request for several calls. Never rejects. */
  async #request(group: string, items: readonly Item[]): Promise<void> {
    const { base, fetch: send, errors, mode } = this.#parts;
    const open = new Map(items.map((item) => [item.id, item]));
    const controller = new AbortController();
    const name = String(crypto.getRandomValues(new Uint32Array(1))[0]);
    const headers = {
      ...(Object.fromEntries(JSON.parse(group) as [string, string][]) as Record<string, string>),
      'content-type': mediaTypes.rich,
      'netron-batch': name,
      ...timeoutOf(items),
    };
    const cancel = (item: Item) => {
      if (!open.delete(item.id)) return;
      const { reason } = item.call.signal;
      item.reject(leaving(reason));
      if (open.size === 0) return controller.abort(reason);
      const { 'netron-batch': _, 'netron-timeout': __, ...rest } = headers as Record<string, string>;
      // The other calls continue: only this one is canceled at the server.
      const body = JSON.stringify({ v: [name, item.id] });
      send(`${base}/$cancel`, { method: 'POST', headers: rest, body, ...(mode && { credentials: mode }) }).catch(() => {});
    };
    for (const item of items) item.leave = onAbort(item.call.signal, () => cancel(item));
    const init: RequestInit = { method: 'POST', headers, signal: controller.signal, ...(mode && { credentials: mode }) };
    try {
      const response = checkResponse(await send(`${base}/$batch`, { ...init, body: bodyOf(items, errors) }), '$batch');
      if (response.status >= 400) {
        const error = readFailure(response, await response.text().catch(() => ''), errors);
        for (const item of open.values()) item.reject(error);
        return;
      }
      await this.#read(response, open);
      // The body ended early: these calls have no answer.
      for (const item of open.values()) item.reject(lost(item, undefined, controller.signal));
    } catch (cause) {
      for (const item of open.values()) item.reject(lost(item, cause, controller.signal));
    } finally {
      for (const item of items) item.leave();
    }
  }

  async #read({ body }: Response, open: Map<number, Item>): Promise<void> {
    const reader = body?.getReader();
    const decoder = new TextDecoder();
    let rest = '';
    try {
      for (;;) {
        const read = await reader?.read();
        if (read === undefined || read.done) return;
        const lines = decoder.decode(read.value, { stream: true }).split('\n');
        lines[0] = rest + lines[0]!;
        rest = lines.pop()!;
        if (rest.length > longestLine) throw unreadable(undefined, '$batch');
        for (const line of lines) if (line !== '') this.#answer(line, open);
      }
    } finally {
      await reader?.cancel().catch(() => {});
    }
  }

  #answer(line: string, open: Map<number, Item>): void {
    const { errors } = this.#parts;
    const said = readLine(line);
    const item = open.get(said.id as number);
    if (item === undefined) return;
    open.delete(item.id);
    if (said.error !== undefined) {
      const { error, outcome = 'ran' } = readProblem(JSON.stringify(said.error), 500, errors);
      // The method may have run without a result: its next calls are sent alone from the start.
      if (NetronError.is(error, 'unimplemented')) {
        this.#alone.add(nameOf(item));
        if (isHarmless(item.call)) return item.resolve(undefined);
      }
      return item.reject(withOutcome(error, outcome));
    }
    try {
      const value = readJson(line, { rich: true, errors });
      const cursor = typeof said.cursor === 'string' ? said.cursor : undefined;
      const metadata = { etag: undefined, ...tagsIn(texts(said.tags), cursor), invalidates: texts(said.invalidates), cursor };
      item.resolve({ ...metadata, value, size: line.length, unchanged: false });
    } catch (cause) {
      item.reject(unreadable(cause, nameOf(item)));
    }
  }
}

/** @throws NetronError `data_loss` for a line that is not an object */
function readLine(line: string): Record<string, unknown> {
  let said: unknown;
  try {
    said = readJson(line, { rich: false });
  } catch (cause) {
    throw unreadable(cause, '$batch');
  }
  if (typeof said !== 'object' || said === null) throw unreadable(undefined, '$batch');
  return said as Record<string, unknown>;
}

function bodyOf(items: readonly Item[], errors: ErrorCodec): string {
  const calls = items.map(({ id, call: { service, method, args, headers } }) => {
    const key = headers['idempotency-key'];
    return { id, service, method, args, ...(key !== undefined && { key }) };
  });
  return writeJson(calls, { rich: true, errors }, 'argument');
}

/** Returns the longest timeout of the calls: each call is canceled on its own when its time is over. */
function timeoutOf(items: readonly Item[]): Record<string, string> {
  const times = items.map(({ call }) => Number(call.headers['netron-timeout'] ?? Number.NaN));
  const longest = Math.max(...times);
  return Number.isNaN(longest) ? {} : { 'netron-timeout': String(longest) };
}

function lost(item: Item, cause: unknown, signal: AbortSignal): Error {
  return cause instanceof NetronError ? cause : networkFailure(cause, signal, item.call.repeatable, nameOf(item));
}

/**
 * Whether a second request changes nothing. With an idempotency key, it would return the first result, which may be a stream that has
 * ended.
 */
function isHarmless({ repeatable, headers }: BatchCall): boolean {
  return repeatable && headers['idempotency-key'] === undefined;
}

function nameOf({ call }: Pick<Item, 'call'>): string {
  return `${call.service}.${call.method}`;
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}
