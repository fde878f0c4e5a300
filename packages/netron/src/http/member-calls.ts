/**
 * Calls of members: finds the member that a request addresses, reads its arguments, passes the call to the node's dispatcher and writes the
 * reply. Synchronous as far as possible: promises are created only when a body or a method takes time.
 */
import { NetronError } from '../errors/netron-error.js';
import type { ErrorCodec } from '../errors/wire-error.js';
import type { CallPeer } from '../middleware/call.js';
import type { BoundMember, BoundService } from '../service/call/bound-service.js';
import type { CallTags } from '../service/call/call-tags.js';
import type { CallContext } from '../service/call/context.js';
import { explain, type Skew } from '../service/call/skew.js';
import { discardStreams, isStreamSource } from '../service/call/stream-source.js';
import { acceptedFormat, type BodyFormat, type BodyLimits } from './body-format.js';
import { type Callers, serviceFor } from './callers.js';
import type { HttpNode } from './http-node.js';
import type { Live } from './live/live.js';
import { type MemberTerms, onTerms, termsOf } from './member-terms.js';
import type { EdgeReply, EdgeRequest } from './message.js';
import type { HttpSettings } from './options.js';
import { problemReply } from './problem-reply.js';
import { bodyArguments, callMetadata, queriedArguments } from './read-arguments.js';
import { noMember, notAcceptable, notAllowed, refused } from './refusal.js';
import { metadataHeaders, metadataOf, type ResultMetadata } from './result-metadata.js';
import { skewOf } from './skew.js';
import { acceptedStreamForm, withEnd } from './stream-reply.js';
import { hasArguments, isUpload, readUpload } from './upload.js';
import type { UploadCall, Uploads } from './uploads.js';
import { blobReply, changed, readable, streamReply } from './write-result.js';

/** The parts of the edge that calls of members use. */
export interface MemberCallsParts {
  readonly node: HttpNode;
  readonly settings: HttpSettings;
  readonly limits: BodyLimits;
  readonly callers: Callers;
  readonly uploads: Uploads;
  readonly live: Live | undefined;
}

/** The member that a request addresses, and the caller. */
interface Target {
  readonly request: EdgeRequest;
  readonly caller: CallPeer;
  readonly service: BoundService;
  readonly member: BoundMember;
  readonly terms: MemberTerms;
  /** Format of a plain result; `undefined` when the client accepts none. */
  readonly format: BodyFormat | undefined;
  /** Milliseconds, unless the caller sets a timeout. Default: the node's. */
  readonly timeout?: number;
  /** Default: the signal of the request. */
  readonly signal?: AbortSignal | undefined;
}

export class MemberCalls {
  readonly #parts: MemberCallsParts;

  constructor(parts: MemberCallsParts) {
    this.#parts = parts;
  }

  /**
   * Answers a call.
   *
   * @param name of the service, with version or range
   * @param query of the URL, without `?`
   * @throws the error of the call, or rejects with it
   */
  answer(request: EdgeRequest, name: string, method: string, query: string): EdgeReply | Promise<EdgeReply> {
    const caller = this.#parts.callers.of(request);
    // Bound methods in place of closures, which would be made for every call, whether it waits or not.
    if (caller instanceof Promise) return caller.then(this.#find.bind(this, request, name, method, query));
    return this.#find(request, name, method, query, caller);
  }

  #find(request: EdgeRequest, name: string, method: string, query: string, caller: CallPeer): EdgeReply | Promise<EdgeReply> {
    const service = serviceFor(this.#parts.node, name, caller);
    if (service instanceof Promise) return service.then(this.#found.bind(this, request, query, caller, method));
    return this.#found(request, query, caller, method, service);
  }

  #found(
    request: EdgeRequest,
    query: string,
    caller: CallPeer,
    method: string,
    service: BoundService,
  ): EdgeReply | Promise<EdgeReply> {
    const skew = skewOf(request.header('netron-contract'), service);
    if (skew !== undefined) return this.#explained(request, query, caller, service, method, skew);
    return this.#member(request, query, caller, service, method);
  }

  /** Answers a caller that knows another version of the service. */
  async #explained(
    request: EdgeRequest,
    query: string,
    caller: CallPeer,
    service: BoundService,
    method: string,
    skew: Skew,
  ): Promise<EdgeReply> {
    try {
      const reply = await this.#member(request, query, caller, service, method);
      return { ...reply, headers: [...reply.headers, 'netron-contract', skew.server] };
    } catch (error) {
      throw explain(error, skew);
    }
  }

  #member(
    request: EdgeRequest,
    query: string,
    caller: CallPeer,
    service: BoundService,
    method: string,
  ): EdgeReply | Promise<EdgeReply> {
    const { node, limits } = this.#parts;
    const member = service.byName.get(method);
    if (member === undefined) throw refused(noMember());
    const terms = termsOf(member);
    if (!terms.methods.includes(request.method)) throw notAllowed(request.method, terms.methods.join(', '));
    const accept = request.header('accept');
    const format = acceptedFormat(accept);
    // Whether the result is a stream or a file may only be known after the method has run.
    const plain = member.kind === 'stream' ? undefined : format;
    if (plain === undefined && acceptedStreamForm(accept) === undefined) throw refused(notAcceptable());
    const target: Target = { request, caller, service, member, terms, format };
    const queried = queriedArguments(request, query, node.errors, limits);
    if (queried !== undefined) return this.#run(target, queried);
    if (isUpload(request, query)) return this.#upload(target, query);
    const args = bodyArguments(request, node.errors, limits);
    if (args instanceof Promise) return args.then(this.#runWith.bind(this, target, query));
    return this.#runWith(target, query, args);
  }

  /** Runs a member with the arguments in the body of its request. */
  #runWith(target: Target, query: string, args: unknown[]): EdgeReply | Promise<EdgeReply> {
    // Arguments in the query would otherwise be ignored.
    if (hasArguments(query))
      throw refused(
        new NetronError('invalid_argument', `a ${target.request.method} request must have its arguments in the body`),
      );
    return this.#run(target, args);
  }

  #upload(target: Target, query: string): Promise<EdgeReply> {
    const { node, settings, limits, uploads } = this.#parts;
    const { request, caller } = target;
    const call: UploadCall = async (chunks, signal) => {
      const { args, source } = await readUpload(request, chunks, query, node.errors, limits, settings.maxUpload);
      // No time limit: an upload is given up when no bytes arrive for a while.
      const terms = { ...target, timeout: Number.POSITIVE_INFINITY, signal };
      const reply = await settled(() => this.#run(terms, args), node.errors);
      const leave = async (): Promise<void> => (source.ended ? undefined : source.leave());
      if (reply.stream !== undefined) return { ...reply, stream: withEnd(reply.stream, leave) };
      await leave();
      return reply;
    };
    return uploads.begin(request, caller, call) ?? call(request.chunks(), undefined);
  }

  /** Runs a member and answers with its result. */
  #run(target: Target, args: unknown[]): EdgeReply | Promise<EdgeReply> {
    const { node, settings, live } = this.#parts;
    const { request, caller, service, member, signal } = target;
    if (member.kind === 'property' && args.length > 0 && request.method !== 'POST') throw notAllowed(request.method, 'POST');
    const sent = callMetadata(request, settings.headers);
    const cursor = live?.cursor;
    let call: CallContext | undefined;
    const value = node.dispatchTo(service, {
      service: service.definition.name,
      method: member.name,
      args,
      caller,
      signal,
      disconnects: signal === undefined ? request : undefined,
      onBegin: (begun) => {
        call = begun;
      },
      timeout: sent.timeout ?? target.timeout,
      headers: sent.headers,
      trace: sent.trace,
      idempotencyKey: sent.idempotencyKey,
    });
    if (value instanceof Promise) return value.then((result) => this.#replyWith(target, call, cursor, result));
    return this.#replyWith(target, call, cursor, value);
  }

  #replyWith(
    target: Target,
    call: CallContext | undefined,
    cursor: string | undefined,
    value: unknown,
  ): EdgeReply | Promise<EdgeReply> {
    const reply = this.#reply(target, value, call?.tags, cursor);
    return reply instanceof Promise ? reply.then(onTerms.bind(undefined, target.terms)) : onTerms(target.terms, reply);
  }

  #reply(
    { request, member, terms, format }: Target,
    value: unknown,
    tags: CallTags | undefined,
    cursor: string | undefined,
  ): EdgeReply | Promise<EdgeReply> {
    const { node, live } = this.#parts;
    if (typeof value === 'object' && value !== null) {
      if (value instanceof Blob) return blobReply(request, value);
      if (member.kind === 'stream' || isStreamSource(value)) return streamReply(request, value, node.errors);
    }
    if (format === undefined) {
      discardStreams(value);
      throw notAcceptable();
    }
    const body = format.write(value, node.errors);
    const metadata = metadataOf(terms, tags, live, terms.safe ? cursor : live?.cursor);
    if (metadata instanceof Promise) return metadata.then(written.bind(undefined, request, terms, body, format.mediaType));
    return written(request, terms, body, format.mediaType, metadata);
  }
}

/** Returns the reply with a written result. */
function written(
  request: EdgeRequest,
  terms: MemberTerms,
  body: string | Uint8Array,
  mediaType: string,
  metadata: ResultMetadata,
): EdgeReply {
  const headers = metadataHeaders(metadata);
  return terms.safe ? readable(request, body, mediaType, terms.cache, headers) : changed(body, mediaType, headers);
}

/** Returns the reply, or one with the error. */
async function settled(reply: () => EdgeReply | Promise<EdgeReply>, errors: ErrorCodec): Promise<EdgeReply> {
  try {
    return await reply();
  } catch (error) {
    return problemReply(error, errors);
  }
}
