import { type FSWatcher, realpathSync, statSync, watch } from 'node:fs';
import { dirname, resolve } from 'node:path';

/** A watched folder. */
type FolderWatcher = Pick<FSWatcher, 'close'> & { on(event: 'error', heard: () => void): unknown };

/** Calls `seen` when an entry of a folder changes. */
type WatchFolder = (folder: string, options: { readonly persistent: false }, seen: () => void) => FolderWatcher;

/**
 * Calls `changed` when one of the files has another content: written in place, replaced by renaming another over it, or reached by a
 * link that now leads elsewhere, as volumes of Kubernetes do. Folders are watched, not files: a replaced file has another inode.
 *
 * @param changed never rejects; is not called again before the promise it gives has settled
 * @param watchFolder `watch` of Node, but in tests
 * @returns ends it
 */
export function watchFiles(
  files: readonly string[],
  base: string,
  changed: () => Promise<unknown>,
  watchFolder: WatchFolder = watch,
): () => void {
  const watchers = new Map<string, FolderWatcher>();
  const paths = files.map((file) => resolve(base, file));
  let seen = paths.map(stamp);
  let running = false;
  let again = false;
  let ended = false;

  const look = async (): Promise<void> => {
    again = true;
    if (running) return;
    running = true;
    while (again && !ended) {
      again = false;
      arrange();
      const now = paths.map(stamp);
      if (now.join() === seen.join()) continue;
      seen = now;
      await changed();
    }
    running = false;
  };

  /** Watches the folders of all files and of everything their links lead through. */
  const arrange = (): void => {
    const folders = new Set(paths.flatMap(foldersOf));
    for (const [folder, watcher] of watchers) {
      if (folders.has(folder)) continue;
      watcher.close();
      watchers.delete(folder);
    }
    for (const folder of folders) {
      if (watchers.has(folder)) continue;
      try {
        const watcher = watchFolder(folder, { persistent: false }, () => void look());
        watcher.on('error', () => {
          watcher.close();
          // The next look watches the folder again.
          if (watchers.get(folder) === watcher) watchers.delete(folder);
        });
        watchers.set(folder, watcher);
      } catch {
        // It is gone; the one above it tells when it is back.
      }
    }
  };
  arrange();

  return () => {
    ended = true;
    for (const watcher of watchers.values()) watcher.close();
    watchers.clear();
  };
}

/** Returns a text that differs for different contents of a file. */
function stamp(path: string): string {
  try {
    const real = realpathSync(path);
    const { ino, size, mtimeMs } = statSync(real);
    return `${real} ${ino} ${size} ${mtimeMs}`;
  } catch {
    return '';
  }
}

/** Folders in which an entry on the way to a file can be replaced. */
function foldersOf(path: string): string[] {
  const folder = dirname(path);
  try {
    return [folder, dirname(folder), dirname(realpathSync(path))];
  } catch {
    return [folder, dirname(folder)];
  }
}
