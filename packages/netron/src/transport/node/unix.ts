import { chmodSync, closeSync, lstatSync, openSync, rmSync, unlinkSync } from 'node:fs';
import { connect, createServer, type Server as NetServer, type Socket } from 'node:net';
import { NetronError } from '../../errors/netron-error.js';
import { checkTransportOptions, type OwnOptionNames } from '../option-names.js';
import type { Transport, TransportCapabilities, TransportOptions } from '../transport.js';
import { dial } from './dial.js';
import { listening } from './listening.js';
import { StreamConnection } from './stream-connection.js';
import { StreamServer } from './stream-server.js';

/** Options of `UnixSocketTransport`. */
export interface UnixSocketOptions extends TransportOptions {
  /** Permissions of the socket's file. Default 0o600: the same user only. */
  mode?: number;
}

/** Most bytes of a socket's path; the system would truncate longer ones. @source unix(7) */
const maxPath = process.platform === 'linux' ? 107 : 103;

/** Messages over a Unix socket. */
export class UnixSocketConnection extends StreamConnection {}

/** Accepts connections on a Unix socket. */
export class UnixSocketServer extends StreamServer {}

/** Messages over Unix sockets, within one machine: `unix:/path`. */
export class UnixSocketTransport implements Transport {
  readonly name = 'unix';
  readonly schemes = ['unix'] as const;
  readonly supports: TransportCapabilities = { streaming: true, bidirectional: true, binary: true, reconnection: true };
  readonly optionNames: OwnOptionNames<UnixSocketOptions> = { mode: true };

  /**
   * @param path of the socket, with or without `unix:`
   * @throws NetronError `unavailable`, `deadline_exceeded`, `canceled`, `invalid_argument`
   */
  async connect(path: string, options: UnixSocketOptions = {}): Promise<UnixSocketConnection> {
    checkTransportOptions(this, options);
    const file = socketPath(path);
    const remoteAddress = `unix:${file}`;
    return dial(
      remoteAddress,
      options,
      () => connect({ path: file }),
      (socket) => new UnixSocketConnection(socket, { ...options, remoteAddress }),
    );
  }

  /**
   * Listens at `path`. A socket file at which nothing listens any more, left by a killed process, is replaced. When several processes try
   * this at the same time, one of them listens and the others fail.
   *
   * @param path of the socket, with or without `unix:`
   * @throws NetronError `unavailable` when another process listens there, or the path is not a socket
   */
  async listen(path?: number | string, options: UnixSocketOptions = {}): Promise<UnixSocketServer> {
    checkTransportOptions(this, options);
    const file = socketPath(path);
    const address = `unix:${file}`;
    const mode = options.mode ?? 0o600;
    const server = await bind(file, address, mode).catch((error: NetronError) => takeOver(file, address, mode, error));
    const make = (socket: Socket, settings: object) => new UnixSocketConnection(socket, { ...settings, remoteAddress: address });
    return new UnixSocketServer(server, address, { make, ...options });
  }
}

/** The path is bound while `umask` is set, so that the file never has more permissions than `mode`. */
async function bind(file: string, address: string, mode: number): Promise<NetServer> {
  const server = createServer();
  const before = withholdRights(mode);
  const bound = listening(server, { path: file }, address);
  if (before !== undefined) process.umask(before);
  await bound;
  chmodSync(file, mode);
  return server;
}

function withholdRights(mode: number): number | undefined {
  try {
    return process.umask(0o777 & ~mode);
  } catch {
    // Worker threads may not set it: there, the permissions are changed right after the file is created.
    return undefined;
  }
}

/** Milliseconds after which the lock of a process that was killed while replacing a file is ignored. */
const lockTime = 10_000;

/**
 * Replaces a socket file at which nothing listens. The file is removed under a lock, so that of several processes only one does it, and
 * none removes the new file of another.
 *
 * @throws `inUse` when another process listens there or is about to
 */
async function takeOver(file: string, address: string, mode: number, inUse: NetronError): Promise<NetServer> {
  if (!(await isStale(file))) throw inUse;
  const lock = `${file}.lock`;
  if (!takeLock(lock)) throw inUse;
  try {
    // Another process may have replaced it since.
    if (!(await isStale(file))) throw inUse;
    unlinkSync(file);
    return await bind(file, address, mode);
  } finally {
    rmSync(lock, { force: true });
  }
}

function takeLock(lock: string): boolean {
  const left = lstatSync(lock, { throwIfNoEntry: false });
  if (left !== undefined && Date.now() - left.mtimeMs > lockTime) rmSync(lock, { force: true });
  try {
    closeSync(openSync(lock, 'wx'));
    return true;
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw new NetronError('unavailable', `cannot lock ${lock}: ${(cause as Error).message}`, { cause });
  }
}

async function isStale(file: string): Promise<boolean> {
  if (!lstatSync(file, { throwIfNoEntry: false })?.isSocket()) return false;
  return new Promise((resolve) => {
    const socket = connect({ path: file });
    socket.on('connect', () => {
      resolve(false);
      socket.destroy();
    });
    socket.on('error', (error) => resolve((error as { code?: string }).code === 'ECONNREFUSED'));
  });
}

function socketPath(path: number | string | undefined): string {
  if (typeof path !== 'string') throw new NetronError('invalid_argument', `invalid socket path: ${path}`);
  const file = path.replace(/^unix:(?:\/\/(?=\/))?/, '');
  if (file === '' || file.includes('\0') || /^[a-z][a-z0-9+.-]+:/i.test(file)) {
    throw new NetronError('invalid_argument', `expected an address of the form unix:/path, got ${path}`);
  }
  if (Buffer.byteLength(file) > maxPath) {
    throw new NetronError('invalid_argument', `a socket path must have at most ${maxPath} bytes: ${file}`);
  }
  return file;
}
