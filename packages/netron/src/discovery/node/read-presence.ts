/** Reads the files of runs of other nodes on this machine, and probes their sockets. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { connect } from 'node:net';
import { recordLimits } from '../read-record.js';

/** Milliseconds without an answer after which a socket counts as alive. */
const probeTimeout = 1_000;

/** Error codes that mean that no process listens: the file is missing, belongs to a closed socket, or is not a socket. */
const nobody: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ECONNREFUSED', 'ENOTSOCK']);

/** Returns whether a connection attempt succeeds. A suspended process accepts, too: the system does it. */
export function accepts(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    // A socket that neither answers nor refuses counts as alive.
    socket.setTimeout(probeTimeout, () => end(true));
    socket.on('connect', () => end(true));
    socket.on('error', ({ code }: NodeJS.ErrnoException) => end(!nobody.has(code)));
  });
}

/** Flags for opening: links are not followed, and opening a pipe does not block; Windows has neither. */
const careful = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** Maximum size of a record in bytes: no character takes more than four. */
const longest = 4 * recordLimits.size;

/** Error codes for anything but a readable file: a link, a socket, a folder, or a file without permission. */
const noFile: ReadonlySet<string | undefined> = new Set(['ELOOP', 'EMLINK', 'ENXIO', 'EISDIR', 'EACCES', 'EPERM']);

/** Text of a record; if it was not read, `refused` is the reason and the text is empty. */
export interface PresenceText {
  readonly text: string;
  readonly refused?: string;
}

/**
 * Reads the file of a record. A file that is too long, and anything but a regular file, such as a link or a pipe, is refused.
 *
 * @returns `undefined` when it is gone, or cannot be read now
 */
export async function readRecordFile(path: string): Promise<PresenceText | undefined> {
  const notFile: PresenceText = { text: '', refused: 'not a readable file' };
  try {
    const file = await open(path, careful);
    try {
      const facts = await file.stat();
      if (!facts.isFile()) return notFile;
      if (facts.size > longest) return { text: '', refused: `longer than ${longest} bytes` };
      return { text: await file.readFile('utf8') };
    } finally {
      await file.close().catch(() => {});
    }
  } catch (error) {
    return noFile.has((error as NodeJS.ErrnoException).code) ? notFile : undefined;
  }
}

/** Reads the fields that distinguish runs; the registry reads the rest. */
export function describeRecord(text: string): { id: string; instance: string; began: number } {
  try {
    const { id, instance, began } = JSON.parse(text) as Record<string, unknown>;
    return { id: String(id), instance: String(instance), began: typeof began === 'number' ? began : 0 };
  } catch {
    return { id: '', instance: '', began: 0 };
  }
}
