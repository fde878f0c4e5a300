import { MemoryTransport } from './memory.js';
import { MessagePortTransport } from './message-port.js';
import type { Transport } from './transport.js';
import { WebSocketTransport } from './websocket-client.js';

/** Returns new transports for browsers, in a new array. */
export function defaultTransports(): Transport[] {
  return [new WebSocketTransport(), new MessagePortTransport(), new MemoryTransport()];
}

export { MessagePortServer, MessagePortTransport } from './message-port.js';
export { WebSocketConnection, type WebSocketOptions, WebSocketTransport } from './websocket-client.js';
