import type { Transport } from '../transport.js';
import { TcpTransport } from './tcp.js';
import { WebSocketTransport } from './websocket.js';

/** What Node, Bun and Deno offer: a new array of new transports for each caller. */
export function defaultTransports(): Transport[] {
  return [new WebSocketTransport(), new TcpTransport()];
}
