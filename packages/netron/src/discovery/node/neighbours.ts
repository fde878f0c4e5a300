/**
 * Runs of other nodes on this machine, as their files show them: receives the files of a folder, hands the records of runs
 * whose sockets accept to the registry, and takes away what was left behind. What no run of a node can have written is counted as
 * refused, once.
 */
import { readdir, rm } from 'node:fs/promises';
import type { BackendHost } from '../backend.js';
import { draftFile, type PresenceFolder, presenceFile, sortFiles } from './presence-files.js';
import { accepts, describeRecord, type PresenceText, readRecordFile } from './read-presence.js';

/** Files that are read at a time: most of those that a crash has left take two tries of their sockets. */
const group = 64;
/** Others whose sockets are tried at each look. */
const probes = 16;
/** Milliseconds between two refusals that mean that nobody is there, and that a socket has to accept. */
const secondTry = 100;

/** One run of a node, by the name of its files. */
interface Neighbour {
  /** Empty while its record is refused. */
  readonly id: string;
  /** Its record. */
  readonly text: string;
  readonly instance: string;
  /** Begin of the run, on this machine's monotonic clock. */
  readonly began: number;
}

const nobody = { id: '', text: undefined, instance: '', began: 0 };

/** Members of the backend that neighbours use. */
export interface OwnRun {
  /** Name of its own files; empty while there are none. */
  readonly file: string;
  /** Whether the backend has been stopped. */
  stopped(): boolean;
  /** Another run has this node's id, and began later. */
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

  /** Looks at all files. */
  async read(host: BackendHost): Promise<void> {
    const { runs, strange } = sortFiles(await readdir(this.#folder.path));
    const names = [...runs.keys()];
    for (const name of [...this.#known.keys()]) if (runs.get(name) !== true) this.#forget(host, name);
    host.view.refuse('a file of a name that records do not have', [...strange].filter((name) => !this.#strange.has(name)).length);
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

  /** Takes over a record that is new or has changed, once its socket has accepted. */
  async #meet(host: BackendHost, name: string): Promise<void> {
    const file = await readRecordFile(presenceFile(this.#folder, name, 'json'));
    const before = this.#known.get(name) ?? nobody;
    // Neither time, length nor number of the file tell two records apart that were written within one tick of the system's clock.
    if (file === undefined || before.text === file.text) return;
    const { text } = file;
    if (isRefused(host, file)) {
      this.#known.set(name, { ...before, text });
      // Nobody waits for what is nobody's.
      if (before.id === '') void this.#probe(host, name);
      return;
    }
    const { id, instance, began } = describeRecord(text);
    const own = (): boolean => name === this.#own.file;
    if (before.id === '' && !own() && !(await this.#probe(host, name))) return;
    const rival = [...this.#known].find(([other, neighbour]) => other !== name && neighbour.id === id);
    this.#known.set(name, { id, text, instance, began });
    if (rival !== undefined && rival[1].instance !== instance) {
      // One id, two runs: the one that began later counts.
      const later = began > rival[1].began || (began === rival[1].began && instance > rival[1].instance);
      if (this.#own.file === (later ? rival[0] : name)) await this.#giveUp(host, later ? instance : rival[1].instance);
      if (!later) return;
    }
    host.view.put(text);
  }

  /** Takes away what a run has left that was killed before its record was there; one that is about to write it accepts. */
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
    // Another run may have the id meanwhile.
    if (![...this.#known.values()].some(({ id }) => id === gone.id)) host.view.remove(gone.id);
  }

  /** Whether somebody listens; when not, twice, the files are taken away: all see that. */
  async #probe(host: BackendHost, name: string): Promise<boolean> {
    const socket = presenceFile(this.#folder, name, 'sock');
    if (await accepts(socket)) return true;
    await new Promise<void>((resolve) => host.clock.setTimeout(resolve, secondTry, true));
    if (await accepts(socket)) return true;
    if (this.#own.stopped()) return false;
    // The record last: by it the others see that all is gone.
    const files = [...(process.platform === 'win32' ? [] : [socket]), draftFile(this.#folder, name)];
    await Promise.all(files.map((file) => rm(file, { force: true }).catch(() => {})));
    const removed = await rm(presenceFile(this.#folder, name, 'json'), { force: true }).then(
      () => true,
      () => false,
    );
    // A refused one that stays, such as a folder, is not counted again.
    if (removed || this.#known.get(name)?.id !== '') this.#forget(host, name);
    return false;
  }
}

/** Whether a record cannot be taken; it is counted then. */
function isRefused(host: BackendHost, { text, refused }: PresenceText): boolean {
  if (refused === undefined) return !host.view.check(text);
  host.view.refuse(refused, 1);
  return true;
}
