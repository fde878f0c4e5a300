import { type FSWatcher, readlinkSync, realpathSync, statSync, watch } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** A watched folder. */
type FolderWatcher = Pick<FSWatcher, 'close'> & { on(event: 'error', heard: () => void): unknown };

/** Calls `seen` when an entry of a folder changes. */
type WatchFolder = (folder: string, options: { readonly persistent: false }, seen: () => void) => FolderWatcher;

/** Milliseconds for which files have to be unchanged before they are read: a file that is being written is empty first. */
const settleMs = 20;

/** Largest number of such waits: a file that is written continuously must not keep the others from being read. */
const maxWaits = 50;

/** Milliseconds until a watcher is active: macOS and Deno start some time after the call, and do not report earlier changes. */
const beginMs = 100;

/**
 * Calls `changed` when the content of a file has changed: written in place, replaced by a rename, or reached by a link that
 * has changed, as in Kubernetes volumes. It watches folders, not files: a replaced file has another inode.
 *
 * Files in the middle of a write are reported once all of them are stable, or a second later.
 *
 * @param changed never rejects; is not called again before its promise has settled
 * @param watchFolder `watch` of Node, except in tests
 * @returns a function that stops watching
 */
export function watchFiles(
  files: readonly string[],
  base: string,
  changed: () => Promise<unknown>,
  watchFolder: WatchFolder = watch,
): () => void {
  /** Identity of a folder in the file system: another one in its place has to be watched again. */
  const watchers = new Map<string, FolderWatcher>();
  const paths = files.map((file) => resolve(base, file));
  const stamps = () => paths.map(stamp).join('\n');
  let seen = stamps();
  let running = false;
  let again = false;
  let ended = false;
  let begun: ReturnType<typeof setTimeout> | undefined;

  const look = async (): Promise<void> => {
    again = true;
    if (running) return;
    running = true;
    while (again && !ended) {
      again = false;
      arrange();
      let now = stamps();
      if (now === seen) continue;
      let before: string | undefined;
      for (let waits = 0; now !== before && waits < maxWaits && !ended; now = stamps()) {
        waits += 1;
        before = now;
        await pause(settleMs);
      }
      if (ended) break;
      seen = now;
      await changed();
    }
    running = false;
  };

  /** Watches the folders of all files and of everything their links lead through. */
  const arrange = (): void => {
    const folders = new Map<string, string>();
    for (const folder of new Set(paths.flatMap((path) => foldersOf(path, base)))) {
      const key = identityOf(folder);
      // It is gone; its parent reports its return.
      if (key !== undefined && !folders.has(key)) folders.set(key, folder);
    }
    for (const [key, watcher] of watchers) {
      if (folders.has(key)) continue;
      watcher.close();
      watchers.delete(key);
    }
    for (const [key, folder] of folders) {
      if (watchers.has(key)) continue;
      try {
        const watcher = watchFolder(folder, { persistent: false }, () => void look());
        watcher.on('error', () => {
          watcher.close();
          // The next check watches the folder again.
          if (watchers.get(key) === watcher) watchers.delete(key);
        });
        watchers.set(key, watcher);
        // One more check covers changes before it started.
        clearTimeout(begun);
        begun = setTimeout(() => void look(), beginMs);
        begun.unref();
      } catch {
        // It is gone by now.
      }
    }
  };
  arrange();

  return () => {
    ended = true;
    clearTimeout(begun);
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

/** Returns a text that differs for another folder in the same place; `undefined` when there is none. */
function identityOf(folder: string): string | undefined {
  try {
    const { dev, ino, birthtimeMs } = statSync(folder);
    return `${dev} ${ino} ${birthtimeMs}`;
  } catch {
    return undefined;
  }
}

/** Largest number of links on the path to a file, as in operating systems. */
const maxLinks = 40;

/**
 * Returns the folders in which an entry on the path to a file can be replaced: that of the file, those of links wherever
 * they lead, and those below the base.
 */
function foldersOf(path: string, base: string): string[] {
  const folder = dirname(path);
  const folders = [folder, dirname(folder)];
  const within = (at: string) => !/^(?:\.\.(?:[/\\]|$)|$)/.test(relative(base, at));
  let links = 0;
  const follow = (way: string): void => {
    for (let at = way; at !== dirname(at); at = dirname(at)) {
      const target = targetOf(at);
      if (target === undefined && !within(at)) continue;
      folders.push(dirname(at));
      if (target !== undefined && links++ < maxLinks) follow(target);
    }
  };
  follow(path);
  // The target folder of a link is watched in addition to the folder of the link.
  return folders.flatMap((each) => [each, realOf(each) ?? each]).concat(dirname(realOf(path) ?? path));
}

/** Returns the target of a link; `undefined` if it is not a link. */
function targetOf(path: string): string | undefined {
  try {
    const folder = dirname(path);
    return resolve(realOf(folder) ?? folder, readlinkSync(path));
  } catch {
    return undefined;
  }
}

function realOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
