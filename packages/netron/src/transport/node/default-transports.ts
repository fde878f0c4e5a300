import { MemoryTransport } from '../memory.js';
import type { Transport } from '../transport.js';
import { IpcTransport } from './ipc.js';
import { NamedPipeTransport } from './pipe.js';
import { TcpTransport } from './tcp.js';
import { TlsTransport } from './tls.js';
import { UnixSocketTransport } from './unix.js';
import { WebSocketTransport } from './websocket.js';

/** Returns new transports for Node, Bun and Deno, in a new array. */
export function defaultTransports(): Transport[] {
  return [
    new WebSocketTransport(),
    new TcpTransport(),
    new TlsTransport(),
    new UnixSocketTransport(),
    new NamedPipeTransport(),
    new IpcTransport(),
    new MemoryTransport(),
  ];
}
