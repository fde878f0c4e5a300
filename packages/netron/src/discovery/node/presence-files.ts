/** Names of the files by which a run of a node is there for others on this machine. */
import { join } from 'node:path';

/** Folder of the runs of one namespace. */
export interface PresenceFolder {
  readonly path: string;
  readonly namespace: string;
}

/** The record of a run, or its socket; on Windows a named pipe, which is in no folder. */
export function presenceFile({ path, namespace }: PresenceFolder, name: string, extension: 'json' | 'sock'): string {
  if (extension === 'sock' && process.platform === 'win32') return `\\\\.\\pipe\\netron-${namespace}-${name}`;
  return join(path, `${name}.${extension}`);
}
