/** Connections of Node's servers: each begins its requests in turns, and tells those that wait for an answer of its end. */
import type { NodeRequest, NodeResponse, NodeSocket } from './node-messages.js';
import { Turns } from './turns.js';

/** Streams of HTTP/2 that wait for their turn; more are refused, and may be opened again. Its connections cannot be paused. */
const mostStreams = 4_096;

/** `REFUSED_STREAM` of RFC 9113: nothing of it was done. */
const refusedStream = 7;

/** The connections of a handler. */
export class NodeConnections {
  readonly #known = new WeakMap<object, NodeConnection>();

  /** Takes a request: calls `begin` in its turn, and `left` when its client has gone before it has the whole answer. */
  take(request: NodeRequest, response: NodeResponse, begin: () => void, left: () => void): void {
    const key = request.stream?.session ?? request.socket;
    let connection = this.#known.get(key);
    if (connection === undefined) {
      connection = new NodeConnection(key === request.socket ? request.socket : undefined);
      this.#known.set(key, connection);
    }
    connection.take(request, response, begin, left);
  }
}

class NodeConnection {
  readonly #turns: Turns;
  /** Responses that are not over. */
  readonly #open = new Set<NodeResponse>();
  readonly #socket: NodeSocket | undefined;
  #watched = false;

  /** @param socket `undefined`: of HTTP/2, whose streams end by themselves */
  constructor(socket: NodeSocket | undefined) {
    this.#socket = socket;
    this.#turns = new Turns({ pause: () => socket?.pause?.(), resume: () => socket?.resume?.() });
  }

  take(request: NodeRequest, response: NodeResponse, begin: () => void, left: () => void): void {
    if (this.#socket === undefined && this.#turns.waiting >= mostStreams) return void request.stream?.close?.(refusedStream);
    this.#open.add(response);
    response.on('close', () => {
      if (this.#open.delete(response) && !response.writableEnded) left();
    });
    this.#turns.begin(begin);
    if (this.#open.size > 1 || this.#turns.waiting > 0) this.#watch();
  }

  /** Several requests at once: rare over HTTP/1.1. */
  #watch(): void {
    if (this.#watched) return;
    this.#watched = true;
    // Whoever reads the body of a request resumes the socket.
    this.#socket?.on?.('resume', () => {
      if (this.#turns.waiting > 0) this.#socket?.pause?.();
    });
    this.#socket?.on?.('close', () => {
      this.#turns.clear();
      // Node tells the one that is being sent, and none of those behind it.
      for (const response of [...this.#open]) response.emit('close');
    });
  }
}
