import { connect, createServer, type Socket } from 'node:net';
import { NetronError } from '../../errors/netron-error.js';
import { checkTransportOptions } from '../option-names.js';
import type { Transport, TransportCapabilities, TransportOptions } from '../transport.js';
import { dial } from './dial.js';
import { listening } from './listening.js';
import { StreamConnection } from './stream-connection.js';
import { StreamServer } from './stream-server.js';

/** Options of `NamedPipeTransport`. */
export interface PipeOptions extends TransportOptions {}

/** Messages over a named pipe. */
export class NamedPipeConnection extends StreamConnection {}

/** Accepts connections on a named pipe. */
export class NamedPipeServer extends StreamServer {}

/** Returns the path of a Windows pipe. */
function windowsPath(name: string): string {
  if (process.platform === 'win32') return `\\\\.\\pipe\\${name}`;
  throw new NetronError('unimplemented', 'named pipes are only supported on Windows: use a Unix socket');
}

/** Messages over Windows named pipes, within one machine: `pipe:NAME` is `\\.\pipe\NAME`. */
export class NamedPipeTransport implements Transport {
  readonly name = 'pipe';
  readonly schemes = ['pipe'] as const;
  readonly supports: TransportCapabilities = { streaming: true, bidirectional: true, binary: true, reconnection: true };
  readonly #pathOf: (name: string) => string;

  /** @param pathOf returns the system's path of a pipe. Default: `\\.\pipe\NAME`, which throws `unimplemented` on other systems */
  constructor(pathOf: (name: string) => string = windowsPath) {
    this.#pathOf = pathOf;
  }

  /** @throws NetronError `unavailable`, `deadline_exceeded`, `canceled`, `invalid_argument`, `unimplemented` */
  async connect(name: string, options: PipeOptions = {}): Promise<NamedPipeConnection> {
    checkTransportOptions(this, options);
    const bare = pipeName(name);
    const path = this.#pathOf(bare);
    const remoteAddress = `pipe:${bare}`;
    return dial(
      remoteAddress,
      options,
      () => connect({ path }),
      (socket) => new NamedPipeConnection(socket, { ...options, remoteAddress }),
    );
  }

  /** @throws NetronError `unavailable`, `invalid_argument`, `unimplemented` */
  async listen(name?: number | string, options: PipeOptions = {}): Promise<NamedPipeServer> {
    checkTransportOptions(this, options);
    const bare = pipeName(name);
    const address = `pipe:${bare}`;
    const server = createServer();
    await listening(server, { path: this.#pathOf(bare) }, address);
    const make = (socket: Socket, settings: object) => new NamedPipeConnection(socket, { ...settings, remoteAddress: address });
    return new NamedPipeServer(server, address, { make, ...options });
  }
}

/** @source Microsoft, Pipe Names: any character but the backslash, at most 256 with the prefix */
function pipeName(name: number | string | undefined): string {
  const bare = String(name ?? '').replace(/^pipe:/, '');
  if (bare !== '' && bare.length < 248 && !/[\\/\0:]/.test(bare)) return bare;
  throw new NetronError('invalid_argument', `expected an address of the form pipe:NAME, got ${name}`);
}
