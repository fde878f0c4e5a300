/** Runs batches of calls, answers in the order of completion, and cancels single calls. */
import { NetronError } from '../errors/netron-error.js';
import type { ErrorCodec } from '../errors/wire-error.js';
import type { CallPeer } from '../middleware/call.js';
import type { CallTags } from '../service/call/call-tags.js';
import { discardStreams, isStreamSource } from '../service/call/stream-source.js';
import { type BatchItem, inCompletionOrder, readBatch } from './batch.js';
import { serviceFor } from './callers.js';
import type { CallMetadata, HttpCall, HttpNode } from './http-node.js';
import type { Live } from './live/live.js';
import { mediaTypes } from './media-types.js';
import { termsOf } from './member-terms.js';
import type { EdgeReply } from './message.js';
import { ownerOf } from './owner.js';
import { reportedOutcome, writeProblem } from './problem.js';
import { noMember, refused, StatusError } from './refusal.js';
import { metadataOf, type ResultMetadata } from './result-metadata.js';
import { answerJson } from './write-answer.js';

/** The caller of one call of a batch, which can be canceled alone. */
class Caller {
  #disconnected = false;
  #listener: (() => void) | undefined;

  onDisconnect(listener: () => void): void {
    if (this.#disconnected) listener();
    else this.#listener = listener;
  }

  disconnect(): void {
    this.#disconnected = true;
    this.#listener?.();
  }
}

export class Batches {
  readonly #node: HttpNode;
  readonly #most: number;
  readonly #live: Live | undefined;
  /** Running calls that can be canceled, by caller and name of the batch. */
  readonly #running = new Map<string, Map<number, Caller>>();

  constructor(node: HttpNode, most: number, live: Live | undefined) {
    this.#node = node;
    this.#live = live;
    this.#most = most;
  }

  /** Number of batches that can be canceled. */
  get size(): number {
    return this.#running.size;
  }

  /** Runs several calls of one request. Each is answered on a line of its own as soon as it is done. */
  run(caller: CallPeer, args: readonly unknown[], name: string | undefined, metadata: CallMetadata): EdgeReply {
    const items = readItems(args, this.#most);
    const running = new Map(items.map(({ id }) => [id, new Caller()]));
    const key = keyOf(caller, name);
    if (key !== undefined && items.length > 0) this.#running.set(key, running);
    const calls = items.map(({ id, item }) => async () => {
      const line = await this.#line(caller, id, item, metadata, running.get(id));
      running.delete(id);
      // Another batch may have taken the name in the meantime.
      if (running.size === 0 && key !== undefined && this.#running.get(key) === running) this.#running.delete(key);
      return line;
    });
    const stream = inCompletionOrder(calls, () => {
      for (const each of running.values()) each.disconnect();
    });
    const headers = ['content-type', mediaTypes.lines, 'cache-control', 'no-store', 'x-accel-buffering', 'no'];
    return { status: 200, headers, stream };
  }

  /** Returns the line of one call. Never rejects. */
  async #line(
    caller: CallPeer,
    id: number,
    item: BatchItem | undefined,
    { timeout, headers, trace }: CallMetadata,
    disconnects: HttpCall['disconnects'],
  ): Promise<string> {
    const { errors } = this.#node;
    try {
      if (item === undefined) throw refused(new NetronError('invalid_argument', 'a call must have service, method and args'));
      const { service: name, method, args, key } = item;
      const service = await serviceFor(this.#node, name, caller);
      const member = service.byName.get(method);
      if (member === undefined) throw refused(noMember());
      if (member.kind === 'stream')
        throw refused(new NetronError('unimplemented', 'a batch cannot return a stream: call the method on its own'));
      let begun: { readonly tags: CallTags | undefined } | undefined;
      const onBegin: HttpCall['onBegin'] = (running) => {
        begun = running;
      };
      const cursor = this.#live?.cursor;
      const facts = { timeout, headers, trace, idempotencyKey: key };
      const call: HttpCall = { service: name, method, args, caller, signal: undefined, disconnects, onBegin, ...facts };
      const value = await this.#node.dispatchTo(service, call);
      if (typeof value === 'object' && value !== null && (value instanceof Blob || isStreamSource(value))) {
        discardStreams(value);
        throw new NetronError('unimplemented', 'a batch cannot return a stream or a file: call the method on its own');
      }
      const changes = (member.invalidates ?? begun?.tags) !== undefined;
      return batchLine(
        id,
        value,
        await metadataOf(termsOf(member), begun?.tags, this.#live, changes ? this.#live?.cursor : cursor),
        errors,
      );
    } catch (error) {
      return `{"id":${id},"error":${writeProblem(error, { errors, outcome: reportedOutcome(error) }).body}}\n`;
    }
  }

  /** Cancels calls of a running batch. The arguments are its name and the ids of the calls. */
  cancel(caller: CallPeer, [name, ...ids]: readonly unknown[]): EdgeReply {
    const key = typeof name === 'string' ? keyOf(caller, name) : undefined;
    const running = key === undefined ? undefined : this.#running.get(key);
    for (const id of ids) running?.get(id as number)?.disconnect();
    return { status: 204, headers: ['cache-control', 'no-store'] };
  }
}

/** Most characters of the name of a batch. */
const longestName = 64;

/**
 * Returns a key for the batch that is unique among all callers; `undefined` when the batch has no name.
 *
 * @throws NetronError `invalid_argument` when the name is too long
 */
function keyOf(caller: CallPeer, name: string | undefined): string | undefined {
  if (name === undefined) return undefined;
  if (name.length > longestName) {
    throw refused(new NetronError('invalid_argument', `the name of a batch must have at most ${longestName} characters`));
  }
  return JSON.stringify([caller.address, ownerOf(caller), name]);
}

/** @throws StatusError 413 for too many calls */
function readItems(body: readonly unknown[], most: number): ReturnType<typeof readBatch> {
  try {
    return readBatch(body, most);
  } catch (error) {
    if (NetronError.is(error, 'resource_exhausted')) throw refused(new StatusError(413, error));
    throw error;
  }
}

/** Returns the line of a call that has succeeded: the value as rich JSON, and what a reply would have in its headers. */
function batchLine(id: number, value: unknown, { tags, invalidates, cursor }: ResultMetadata, errors: ErrorCodec): string {
  const facts = JSON.stringify({
    id,
    ...(tags.length > 0 && { tags }),
    ...(invalidates.length > 0 && { invalidates }),
    ...(cursor !== undefined && { cursor }),
  });
  return `${facts.slice(0, -1)},${answerJson(value, { rich: true, errors }, 'result').slice(1)}\n`;
}
