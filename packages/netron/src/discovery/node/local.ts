/** Nodes of one user on one machine, found by files and sockets: no server, no clock, no process ids. */
import { constants, type FSWatcher, watch } from 'node:fs';
import { open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { NetronError } from '../../errors/netron-error.js';
import { randomId } from '../../util/random-id.js';
import type { BackendHost, BackendListener, DiscoveryBackend } from '../backend.js';
import { recordLimits } from '../read-record.js';
import { localFolder, privateFolder } from './private-folder.js';

/** Options of `localDiscovery`. */
export interface LocalDiscoveryOptions {
  /** Default: `netron` in `XDG_RUNTIME_DIR`, else `netron-<uid>` in the temporary folder. */
  folder?: string;
}

/** Milliseconds between two looks at the folder; news comes sooner by a watch. */
const period = 2_000;
/** Milliseconds between a notice of a change and the look at it: several changes come together. */
const settle = 5;
/** Others whose sockets are tried at each look. */
const probes = 16;
/** Milliseconds between two refusals that mean that nobody is there, and that a socket has to accept. */
const secondTry = 100;
const probeTimeout = 1_000;

/** One run of a node, by the name of its files. */
interface Neighbour {
  readonly id: string;
  /** Tells versions of the file apart. */
  readonly mark: string;
  readonly instance: string;
  /** Begin of the run, on this machine's monotonic clock. */
  readonly began: number;
}

/**
 * Announces a node to those of the same user on this machine: a socket and a file with its record, in a folder that only
 * this user can enter. A node is there as long as its socket accepts connections.
 */
export function localDiscovery(options: LocalDiscoveryOptions = {}): DiscoveryBackend {
  return new LocalBackend(options);
}

class LocalBackend implements DiscoveryBackend {
  readonly name = 'local';
  readonly #options: LocalDiscoveryOptions;
  readonly #began = Number(process.hrtime.bigint() / 1_000n);
  readonly #known = new Map<string, Neighbour>();
  #host: BackendHost | undefined;
  #base = '';
  #folder = '';
  #watcher: FSWatcher | undefined;
  #timer: unknown;
  #soon: unknown;
  #listener: BackendListener | undefined;
  /** Name of this run's files; a new one whenever they are made anew. */
  #file = '';
  #written = '';
  #conflict = false;
  #working: Promise<void> | undefined;
  #again = false;

  constructor(options: LocalDiscoveryOptions) {
    this.#options = options;
  }

  async start(host: BackendHost): Promise<void> {
    if (!/^[\w.-]{1,32}$/.test(host.namespace) || /^\.+$/.test(host.namespace)) {
      throw new NetronError(
        'invalid_argument',
        `discovery: namespace '${host.namespace}' must be 1 to 32 letters, digits, '_', '-', '.'`,
      );
    }
    this.#host = host;
    const { base, folder } = localFolder(host.namespace);
    this.#base = this.#options.folder ?? base;
    this.#folder = this.#options.folder === undefined ? folder : join(this.#options.folder, host.namespace);
    this.#arm();
    await this.#work();
    const state = this.#failure;
    if (state !== undefined) throw state;
  }

  announce(): void {
    this.#lookSoon();
  }

  refresh(): Promise<void> {
    return this.#work();
  }

  async stop(): Promise<void> {
    const host = this.#host;
    if (host === undefined) return;
    this.#host = undefined;
    host.clock.clearTimeout(this.#timer);
    host.clock.clearTimeout(this.#soon);
    this.#watcher?.close();
    await this.#working;
    await this.#withdraw();
  }

  /** Reason why the last look failed. */
  #failure: NetronError | undefined;

  #arm(): void {
    const host = this.#host;
    if (host === undefined) return;
    this.#timer = host.clock.setTimeout(
      () => {
        void this.#work().then(() => this.#arm());
      },
      Math.min(period, host.interval),
      true,
    );
  }

  #lookSoon(): void {
    const host = this.#host;
    if (host === undefined || this.#soon !== undefined) return;
    this.#soon = host.clock.setTimeout(
      () => {
        this.#soon = undefined;
        void this.#work();
      },
      settle,
      true,
    );
  }

  /** One look at a time; one that is asked for meanwhile follows. Never rejects. */
  #work(): Promise<void> {
    if (this.#working !== undefined) {
      this.#again = true;
      return this.#working;
    }
    this.#working = this.#look().finally(() => {
      this.#working = undefined;
    });
    return this.#working;
  }

  async #look(): Promise<void> {
    do {
      this.#again = false;
      const host = this.#host;
      if (host === undefined) return;
      try {
        await privateFolder(this.#base);
        await privateFolder(this.#folder);
        this.#watch();
        await this.#write(host);
        await this.#read(host);
        this.#failure = undefined;
        host.view.up();
      } catch (error) {
        this.#failure = NetronError.from(error, 'unavailable');
        host.view.down(this.#failure);
      }
    } while (this.#again);
  }

  #watch(): void {
    if (this.#watcher !== undefined) return;
    try {
      const watcher = watch(this.#folder, { persistent: false }, () => this.#lookSoon());
      // None left, or the folder is gone: the regular look is enough until there is one again.
      const end = (): void => {
        watcher.close();
        if (this.#watcher === watcher) this.#watcher = undefined;
      };
      watcher.on('error', end);
      this.#watcher = watcher;
    } catch {
      this.#watcher = undefined;
    }
  }

  #path(name: string, extension: 'json' | 'sock'): string {
    if (extension === 'sock' && process.platform === 'win32') {
      return `\\\\.\\pipe\\netron-${this.#host?.namespace ?? ''}-${name}`;
    }
    return join(this.#folder, `${name}.${extension}`);
  }

  /** Sees that the socket and the record are there, as they should be. */
  async #write(host: BackendHost): Promise<void> {
    if (this.#conflict) return;
    if (this.#listener === undefined || !(await this.#intact())) await this.#listen(host);
    const { address } = this.#listener as BackendListener;
    const own = host.own();
    const addresses = [address, ...own.addresses.filter((other) => other !== address)].slice(0, recordLimits.addresses);
    const record = JSON.stringify({ ...own, addresses, began: this.#began });
    if (record === this.#written) return;
    const path = this.#path(this.#file, 'json');
    await writeFile(`${path}.new`, record, { mode: 0o600 });
    await rename(`${path}.new`, path);
    this.#written = record;
  }

  /** Whether both files are where they were put. */
  async #intact(): Promise<boolean> {
    const there = (extension: 'json' | 'sock'): Promise<boolean> =>
      stat(this.#path(this.#file, extension)).then(
        () => true,
        () => false,
      );
    if (this.#written !== '' && !(await there('json'))) return false;
    return process.platform === 'win32' || there('sock');
  }

  async #listen(host: BackendHost): Promise<void> {
    await this.#withdraw();
    this.#file = randomId().slice(0, 16);
    const transport = process.platform === 'win32' ? 'pipe' : 'unix';
    const path = this.#path(this.#file, 'sock');
    this.#listener = await host.listen(transport, process.platform === 'win32' ? path.slice('\\\\.\\pipe\\'.length) : path);
    // The folder was made anew: the watch looks at the old one.
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#watch();
  }

  async #withdraw(): Promise<void> {
    if (this.#file === '') return;
    const file = this.#file;
    this.#file = '';
    this.#written = '';
    await rm(this.#path(file, 'json'), { force: true }).catch(() => {});
    await this.#listener?.close().catch(() => {});
    this.#listener = undefined;
  }

  async #read(host: BackendHost): Promise<void> {
    const names = (await readdir(this.#folder))
      .filter((name) => /^[0-9a-f]{16}\.json$/.test(name))
      .map((name) => name.slice(0, 16));
    const there = new Set(names);
    for (const name of [...this.#known.keys()]) if (!there.has(name)) this.#forget(host, name);
    for (const name of names) await this.#meet(host, name);
    if (this.#host === undefined) return;
    const others = [...this.#known.keys()].filter((name) => name !== this.#file);
    for (let count = 0; count < probes && others.length > 0; count += 1) {
      const [name] = others.splice(Math.floor(host.random() * others.length), 1);
      void this.#probe(host, name as string);
    }
  }

  /** Takes over a record that is new or has changed, once its socket has accepted. */
  async #meet(host: BackendHost, name: string): Promise<void> {
    const found = await readBounded(this.#path(name, 'json'));
    if (found === undefined) return;
    const { text, mark } = found;
    if (this.#known.get(name)?.mark === mark) return;
    const { id, instance, began } = describe(text);
    if (!this.#known.has(name) && name !== this.#file && !(await this.#probe(host, name))) return;
    const rival = [...this.#known].find(([other, neighbour]) => other !== name && neighbour.id === id);
    this.#known.set(name, { id, mark, instance, began });
    if (rival !== undefined && rival[1].instance !== instance) {
      // One id, two runs: the one that began later counts.
      const later = began > rival[1].began || (began === rival[1].began && instance > rival[1].instance);
      if (this.#file === (later ? rival[0] : name)) await this.#giveUp(host, later ? instance : rival[1].instance);
      if (!later) return;
    }
    host.view.put(text);
  }

  async #giveUp(host: BackendHost, instance: string): Promise<void> {
    this.#conflict = true;
    host.conflict(instance);
    this.#known.delete(this.#file);
    await this.#withdraw();
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
    if (await accepts(this.#path(name, 'sock'))) return true;
    await new Promise<void>((resolve) => host.clock.setTimeout(resolve, secondTry, true));
    if (await accepts(this.#path(name, 'sock'))) return true;
    if (this.#host === undefined) return false;
    await rm(this.#path(name, 'json'), { force: true }).catch(() => {});
    if (process.platform !== 'win32') await rm(this.#path(name, 'sock'), { force: true }).catch(() => {});
    this.#forget(host, name);
    return false;
  }
}

/** Tries to connect. A process that is stopped accepts, too: its system does. */
function accepts(path: string): Promise<boolean> {
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

/** Reads a file unless it is a link or too long. */
async function readBounded(path: string): Promise<{ text: string; mark: string } | undefined> {
  const file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0)).catch(() => undefined);
  if (file === undefined) return undefined;
  try {
    const { size, mtimeMs, ino } = await file.stat();
    if (size > 4 * recordLimits.size) return { text: '', mark: `${ino} ${mtimeMs} ${size}` };
    return { text: await file.readFile('utf8'), mark: `${ino} ${mtimeMs} ${size}` };
  } catch {
    return undefined;
  } finally {
    await file.close().catch(() => {});
  }
}

/** Reads the fields that tell runs apart; the registry reads the rest. */
function describe(text: string): { id: string; instance: string; began: number } {
  try {
    const { id, instance, began } = JSON.parse(text) as Record<string, unknown>;
    return { id: String(id), instance: String(instance), began: typeof began === 'number' ? began : 0 };
  } catch {
    return { id: '', instance: '', began: 0 };
  }
}
