/** Reads what runs of other nodes have left on this machine: their records, and whether their sockets accept. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { connect } from 'node:net';
import { recordLimits } from '../read-record.js';

/** Milliseconds without an answer after which a socket counts as there. */
const probeTimeout = 1_000;

/** Codes of errors that say that nobody listens: the file is not there, is that of a socket which has been closed, or is no socket. */
const nobody: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ECONNREFUSED', 'ENOTSOCK']);

/** Tries to connect. A process that is stopped accepts, too: its system does. */
export function accepts(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path });
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    // What does not answer, but does not refuse either, is there.
    socket.setTimeout(probeTimeout, () => end(true));
    socket.on('connect', () => end(true));
    socket.on('error', ({ code }: NodeJS.ErrnoException) => end(!nobody.has(code)));
  });
}

/** Links are not followed, and opening a pipe waits for nobody; Windows has neither. */
const careful = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** Bytes of a record at most: no character takes more than four. */
const longest = 4 * recordLimits.size;

/** Codes of errors of what is no file: a link, a socket, a folder, or one that its user cannot read. */
const noFile: ReadonlySet<string | undefined> = new Set(['ELOOP', 'EMLINK', 'ENXIO', 'EISDIR', 'EACCES', 'EPERM']);

/** Text of a record; `refused` is the reason why it was not read, and the text is empty then. */
export interface PresenceText {
  readonly text: string;
  readonly refused?: string;
}

/**
 * Reads the file of a record. What is longer than a record can be, and what is no file, such as a link or a pipe, is refused.
 *
 * @returns `undefined` when it is gone, or cannot be read now
 */
export async function readRecordFile(path: string): Promise<PresenceText | undefined> {
  const notFile: PresenceText = { text: '', refused: 'no file that can be read' };
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

/** Reads the fields that tell runs apart; the registry reads the rest. */
export function describeRecord(text: string): { id: string; instance: string; began: number } {
  try {
    const { id, instance, began } = JSON.parse(text) as Record<string, unknown>;
    return { id: String(id), instance: String(instance), began: typeof began === 'number' ? began : 0 };
  } catch {
    return { id: '', instance: '', began: 0 };
  }
}
