/** Connections of Node's servers: each begins its requests in turns, and tells those that wait for an answer of its end. */
import type { NodeRequest, NodeResponse, NodeSocket } from './node-messages.js';
import { Turns } from './turns.js';

/** Streams of HTTP/2 that wait for their turn; more are refused, and may be opened again. Its connections cannot be paused. */
const mostStreams = 4_096;

/** `REFUSED_STREAM` of RFC 9113: nothing of it was done. */
const refusedStream = 7;

/** The connections of a handler. */
export class NodeConnections {
  /** Property of a socket, or of a session of HTTP/2, that holds its connection: a table takes longer. */
  readonly #key = Symbol('connection');

  /** Takes a request: calls `begin` in its turn, with a function that keeps all requests behind it from being begun. */
  take(request: NodeRequest, response: NodeResponse, begin: (last: () => void) => void): void {
    const holder = (request.stream?.session ?? request.socket) as { [key: symbol]: NodeConnection | undefined };
    let connection = holder[this.#key];
    if (connection === undefined) {
      connection = new NodeConnection(holder === request.socket ? request.socket : undefined);
      holder[this.#key] = connection;
    }
    connection.take(request, response, begin);
  }
}

class NodeConnection {
  readonly #turns: Turns;
  /** Responses that wait behind another. */
  readonly #unsent = new Set<NodeResponse>();
  readonly #socket: NodeSocket | undefined;
  #watched = false;
  #ended = false;
  readonly #end = (): void => {
    this.#ended = true;
    this.#turns.clear();
  };

  /** @param socket `undefined`: of HTTP/2, whose streams end by themselves */
  constructor(socket: NodeSocket | undefined) {
    this.#socket = socket;
    this.#turns = new Turns({ pause: () => socket?.pause?.(), resume: () => socket?.resume?.() });
  }

  take(request: NodeRequest, response: NodeResponse, begin: (last: () => void) => void): void {
    if (this.#ended) return;
    if (this.#socket === undefined && this.#turns.waiting >= mostStreams) return void request.stream?.close?.(refusedStream);
    if (response.socket === null) {
      this.#watch();
      this.#unsent.add(response);
      response.on('close', () => this.#unsent.delete(response));
    }
    this.#turns.begin(() => begin(this.#end));
    if (this.#turns.waiting > 0) this.#watch();
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
      for (const response of [...this.#unsent]) if (response.socket === null) response.emit('close');
    });
  }
}
