/** Names of the files of a node's run in the folder for local discovery. */
import { join } from 'node:path';

/** Folder of the runs of one namespace. */
export interface PresenceFolder {
  readonly path: string;
  readonly namespace: string;
}

/** Returns the path of a run's record or socket; on Windows the socket is a named pipe, which is in no folder. */
export function presenceFile({ path, namespace }: PresenceFolder, name: string, extension: 'json' | 'sock'): string {
  if (extension === 'sock' && process.platform === 'win32') return `\\\\.\\pipe\\netron-${namespace}-${name}`;
  return join(path, `${name}.${extension}`);
}

/** Returns the path of a record that is being written: it is renamed when it is complete. */
export function draftFile(folder: PresenceFolder, name: string): string {
  return `${presenceFile(folder, name, 'json')}.new`;
}

/** Content of a folder, by the names of its files. */
interface FolderContent {
  /** Names of the runs that have files, and whether these include a record. */
  readonly runs: ReadonlyMap<string, boolean>;
  /** Files that no run creates. */
  readonly strange: ReadonlySet<string>;
}

/** Sorts the files of a folder. */
export function sortFiles(files: readonly string[]): FolderContent {
  const runs = new Map<string, boolean>();
  const strange = new Set<string>();
  for (const file of files) {
    const [, name, kind] = /^([0-9a-f]{16})\.(json|json\.new|sock)$/.exec(file) ?? [];
    if (name === undefined) strange.add(file);
    else runs.set(name, kind === 'json' || runs.get(name) === true);
  }
  return { runs, strange };
}
