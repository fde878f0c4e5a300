/** WebSockets that carry text: accepts upgrades, passes sockets on, and pings silent clients. */
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { systemClock } from '#platform';
import type { Clock } from '../../util/clock.js';
import { clientCertificate } from '../client-certificate.js';
import type { TextProtocol } from '../transport.js';

/** Bytes that wait to be sent before a sender must wait. */
const highWater = 1_048_576;
/** Milliseconds between two pings; a client that has not answered by the next is disconnected. */
const beat = 30_000;

export class TextSockets {
  readonly #protocol: TextProtocol;
  readonly #clock: Clock;
  readonly #upgrades: WebSocketServer;

  constructor(protocol: TextProtocol, clock: Clock = systemClock) {
    this.#protocol = protocol;
    this.#clock = clock;
    this.#upgrades = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: protocol.maxMessage,
      handleProtocols: (names) => names.has(protocol.name) && protocol.name,
    });
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#upgrades.handleUpgrade(request, socket, head, (webSocket) => this.#take(webSocket, request));
  }

  #take(webSocket: WebSocket, request: IncomingMessage): void {
    const { headers, socket } = request;
    let waiting = false;
    const listener = this.#protocol.accept({
      address: socket.remoteAddress ?? '',
      certificate: clientCertificate(socket),
      header: (name) => {
        const value = Object.hasOwn(headers, name) ? headers[name] : undefined;
        return Array.isArray(value) ? value.join(', ') : value;
      },
      send: (text) => {
        // The sender waits for the end of the connection, which is reported in a later turn even when the socket has failed already.
        if (webSocket.readyState !== webSocket.OPEN || !socket.writable) return false;
        webSocket.send(text, () => {
          if (!waiting || webSocket.bufferedAmount > highWater / 2) return;
          waiting = false;
          listener.drained();
        });
        waiting = webSocket.bufferedAmount > highWater;
        return !waiting;
      },
      pause: () => webSocket.pause(),
      resume: () => webSocket.resume(),
      close: (code, reason) => webSocket.close(code, reason),
    });
    let answered = true;
    const ask = (): void => {
      if (!answered) return webSocket.terminate();
      answered = false;
      webSocket.ping();
      timer = this.#clock.setTimeout(ask, beat, true);
    };
    let timer = this.#clock.setTimeout(ask, beat, true);
    webSocket.on('pong', () => {
      answered = true;
    });
    webSocket.on('message', (data, isBinary) => {
      answered = true;
      if (!isBinary) return listener.text(data.toString());
      listener.ending();
      webSocket.close(1003, 'text messages only');
    });
    webSocket.on('error', () => listener.ending());
    webSocket.on('close', () => {
      this.#clock.clearTimeout(timer);
      listener.closed();
    });
  }
}
