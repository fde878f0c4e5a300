/**
 * Runs of other nodes on this machine, from their files: reports the records of runs whose sockets accept connections, and removes
 * files of runs that have ended. Files that no run can have written are counted as refused, once.
 */
import { readdir, rm } from 'node:fs/promises';
import type { BackendHost } from '../backend.js';
import { draftFile, type PresenceFolder, presenceFile, sortFiles } from './presence-files.js';
import { accepts, describeRecord, type PresenceText, readRecordFile } from './read-presence.js';

/** Number of files that are read at a time: sockets of crashed runs take two connection attempts each. */
const group = 64;
/** Number of other runs whose sockets are probed in each read. */
const probes = 16;
/** Milliseconds between two refused connections that prove that a run has ended. A starting run accepts within that time. */
const secondTry = 100;

/** One run of a node, by the name of its files. */
interface Neighbour {
  /** Id of the node; empty while its record is refused. */
  readonly id: string;
  /** Its record. */
  readonly text: string;
  readonly instance: string;
  /** Start of the run, on this machine's monotonic clock. */
  readonly began: number;
}

const nobody = { id: '', text: undefined, instance: '', began: 0 };

/** Members of the backend that are used here. */
export interface OwnRun {
  /** Name of its own files; empty while there are none. */
  readonly file: string;
  /** Whether the backend has been stopped. */
  stopped(): boolean;
  /** Called when another run has this node's id and started later. */
  giveUp(host: BackendHost, instance: string): Promise<void>;
}

export class Neighbours {
  readonly #folder: PresenceFolder;
  readonly #own: OwnRun;
  readonly #known = new Map<string, Neighbour>();
  #strange: ReadonlySet<string> = new Set();

  constructor(folder: PresenceFolder, own: OwnRun) {
    this.#folder = folder;
    this.#own = own;
  }

  /** Reads all files. */
  async read(host: BackendHost): Promise<void> {
    const { runs, strange } = sortFiles(await readdir(this.#folder.path));
    const names = [...runs.keys()];
    for (const name of [...this.#known.keys()]) if (runs.get(name) !== true) this.#forget(host, name);
    host.view.refuse('a file whose name is not that of a record', [...strange].filter((name) => !this.#strange.has(name)).length);
    this.#strange = strange;
    for (let from = 0; from < names.length && !this.#own.stopped(); from += group) {
      await Promise.all(
        names
          .slice(from, from + group)
          .map((name) => (runs.get(name) === true ? this.#meet(host, name) : this.#sweep(host, name))),
      );
    }
    if (this.#own.stopped()) return;
    const others = [...this.#known.keys()].filter((name) => name !== this.#own.file);
    for (let count = 0; count < probes && others.length > 0; count += 1) {
      const [name] = others.splice(Math.floor(host.random() * others.length), 1);
      void this.#probe(host, name as string);
    }
  }

  /** Accepts a new or changed record, once its socket has accepted a connection. */
  async #meet(host: BackendHost, name: string): Promise<void> {
    const file = await readRecordFile(presenceFile(this.#folder, name, 'json'));
    const before = this.#known.get(name) ?? nobody;
    // Compares the text: time, size and inode do not distinguish two records written within one tick of the system's clock.
    if (file === undefined || before.text === file.text) return;
    const { text } = file;
    if (isRefused(host, file)) {
      this.#known.set(name, { ...before, text });
      // The result of this probe is not needed.
      if (before.id === '') void this.#probe(host, name);
      return;
    }
    const { id, instance, began } = describeRecord(text);
    const own = (): boolean => name === this.#own.file;
    if (before.id === '' && !own() && !(await this.#probe(host, name))) return;
    const rival = [...this.#known].find(([other, neighbour]) => other !== name && neighbour.id === id);
    this.#known.set(name, { id, text, instance, began });
    if (rival !== undefined && rival[1].instance !== instance) {
      // Two runs with one id: the later one is used.
      const later = began > rival[1].began || (began === rival[1].began && instance > rival[1].instance);
      if (this.#own.file === (later ? rival[0] : name)) await this.#giveUp(host, later ? instance : rival[1].instance);
      if (!later) return;
    }
    host.view.put(text);
  }

  /** Probes a run without a record, and removes its files if it was killed; one that is about to write its record accepts. */
  async #sweep(host: BackendHost, name: string): Promise<void> {
    if (name !== this.#own.file) await this.#probe(host, name);
  }

  async #giveUp(host: BackendHost, instance: string): Promise<void> {
    this.#known.delete(this.#own.file);
    await this.#own.giveUp(host, instance);
  }

  #forget(host: BackendHost, name: string): void {
    const gone = this.#known.get(name);
    this.#known.delete(name);
    if (gone === undefined) return;
    // Another run may have the same id by now.
    if (![...this.#known.values()].some(({ id }) => id === gone.id)) host.view.remove(gone.id);
  }

  /** Returns whether a run's socket accepts; if it refuses twice, removes the run's files, which other nodes notice. */
  async #probe(host: BackendHost, name: string): Promise<boolean> {
    const socket = presenceFile(this.#folder, name, 'sock');
    if (await accepts(socket)) return true;
    await new Promise<void>((resolve) => host.clock.setTimeout(resolve, secondTry, true));
    if (await accepts(socket)) return true;
    if (this.#own.stopped()) return false;
    // The record last, because other nodes observe its removal.
    const files = [...(process.platform === 'win32' ? [] : [socket]), draftFile(this.#folder, name)];
    await Promise.all(files.map((file) => rm(file, { force: true }).catch(() => {})));
    const removed = await rm(presenceFile(this.#folder, name, 'json'), { force: true }).then(
      () => true,
      () => false,
    );
    // A refused entry that cannot be removed, such as a folder, is not counted again.
    if (removed || this.#known.get(name)?.id !== '') this.#forget(host, name);
    return false;
  }
}

/** Whether a record is refused, which is counted. */
function isRefused(host: BackendHost, { text, refused }: PresenceText): boolean {
  if (refused === undefined) return !host.view.check(text);
  host.view.refuse(refused, 1);
  return true;
}
