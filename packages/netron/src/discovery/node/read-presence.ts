/** Reads what runs of other nodes have left on this machine: their records, and whether their sockets accept. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { connect } from 'node:net';
import { recordLimits } from '../read-record.js';

/** Milliseconds without an answer after which a socket counts as there. */
const probeTimeout = 1_000;

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
    socket.on('error', (error: NodeJS.ErrnoException) => end(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT'));
  });
}

/** Links are not followed, and opening a pipe waits for nobody; Windows has neither. */
const careful = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** Returns the text of a file; empty when it is too long, `undefined` when it is no file, such as a link or a pipe, or cannot be read. */
export async function readRecordFile(path: string): Promise<string | undefined> {
  const file = await open(path, careful).catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const facts = await file.stat();
    if (!facts.isFile()) return undefined;
    const { size } = facts;
    return size > 4 * recordLimits.size ? '' : await file.readFile('utf8');
  } catch {
    return undefined;
  } finally {
    await file.close().catch(() => {});
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
