/** Connections of Node's servers: each starts its requests in turns, and notifies waiting responses when the connection closes. */

import { FairQueue } from './fair-queue.js';
import type { NodeRequest, NodeResponse, NodeSocket } from './node-messages.js';

/**
 * Most HTTP/2 streams that wait for their turn. Further ones are refused and may be retried, since an HTTP/2 connection cannot be paused.
 */
const maxStreams = 4_096;

/** `REFUSED_STREAM` of RFC 9113: the request was not processed at all. */
const refusedStream = 7;

/** A request and its response, which start when their turn comes. */
interface Queued {
  readonly request: NodeRequest;
  readonly response: NodeResponse;
}

/** Starts a request; `last` prevents all later requests of its connection from starting. */
type Begin<T> = (queued: T, last: () => void) => void;

/** The connections of a handler. */
export class NodeConnections<T extends Queued> {
  /** Property of a socket or HTTP/2 session that holds its connection; faster than a map. */
  readonly #key = Symbol('connection');

  readonly #begin: Begin<T>;

  constructor(begin: Begin<T>) {
    this.#begin = begin;
  }

  /** Queues a request, which begins when its turn comes. */
  take(queued: T): void {
    const { request } = queued;
    const holder = (request.stream?.session ?? request.socket) as { [key: symbol]: NodeConnection<T> | undefined };
    let connection = holder[this.#key];
    if (connection === undefined) {
      connection = new NodeConnection(holder === request.socket ? request.socket : undefined, this.#begin);
      holder[this.#key] = connection;
    }
    connection.take(queued);
  }
}

class NodeConnection<T extends Queued> {
  readonly #queue: FairQueue<T>;
  /** Pipelined responses that wait behind another one. */
  readonly #unsent = new Set<NodeResponse>();
  readonly #socket: NodeSocket | undefined;
  #watched = false;
  #ended = false;
  readonly #end = (): void => {
    this.#ended = true;
    this.#queue.clear();
  };

  /** @param socket `undefined` for HTTP/2, whose streams close on their own */
  constructor(socket: NodeSocket | undefined, begin: Begin<T>) {
    this.#socket = socket;
    this.#queue = new FairQueue({
      start: (queued) => begin(queued, this.#end),
      pause: () => socket?.pause?.(),
      resume: () => socket?.resume?.(),
    });
  }

  take(queued: T): void {
    const { request, response } = queued;
    if (this.#ended) return;
    if (this.#socket === undefined && this.#queue.waiting >= maxStreams) return void request.stream?.close?.(refusedStream);
    if (response.socket === null) {
      this.#watch();
      this.#unsent.add(response);
      response.on('close', this.#unsent.delete.bind(this.#unsent, response));
    }
    this.#queue.begin(queued);
    if (this.#queue.waiting > 0) this.#watch();
  }

  /** Handles several requests at once, which is rare over HTTP/1.1. */
  #watch(): void {
    if (this.#watched) return;
    this.#watched = true;
    // Reading the body of a request resumes the socket.
    this.#socket?.on?.('resume', () => {
      if (this.#queue.waiting > 0) this.#socket?.pause?.();
    });
    this.#socket?.on?.('close', () => {
      this.#queue.clear();
      // Node notifies only the response being sent, not those waiting behind it.
      for (const response of [...this.#unsent]) if (response.socket === null) response.emit('close');
    });
  }
}
