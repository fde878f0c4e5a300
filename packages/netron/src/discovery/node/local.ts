/** Nodes of one user on one machine, found by files and sockets: no server, no clock, no process ids. */
import { existsSync, type FSWatcher, watch } from 'node:fs';
import { rmdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { NetronError } from '../../errors/netron-error.js';
import { checkOptions, type OptionNames } from '../../util/option-names.js';
import { readOptions } from '../../util/read-options.js';
import type { BackendHost, DiscoveryBackend } from '../backend.js';
import { Beats } from '../beats.js';
import { Neighbours } from './neighbours.js';
import { OwnPresence } from './own-presence.js';
import { localFolder, privateFolder } from './private-folder.js';

/** Options of `localDiscovery`. */
export interface LocalDiscoveryOptions {
  /** Default: `netron` in `XDG_RUNTIME_DIR`, else `netron-<uid>` in the temporary folder. */
  folder?: string;
}

const names: OptionNames<LocalDiscoveryOptions> = { folder: true };

/** Milliseconds between two looks at the folder; news comes sooner by a watch. */
const period = 2_000;
/** Milliseconds between a notice of a change and the look at it: several changes come together. */
const settle = 5;
/** Times that the folder is made in one look, at most, when others remove it. */
const mostTries = 5;

/**
 * Announces a node to those of the same user on this machine: a socket and a file with its record, in a folder that only
 * this user can enter. A node is there as long as its socket accepts connections.
 *
 * @throws TypeError for unknown options
 */
export function localDiscovery(options: LocalDiscoveryOptions = {}): DiscoveryBackend {
  checkOptions('localDiscovery', options, names);
  return new LocalBackend(options);
}

class LocalBackend implements DiscoveryBackend {
  readonly name = 'local';
  readonly trusted = true;
  readonly #options: LocalDiscoveryOptions;
  readonly #began = Number(process.hrtime.bigint() / 1_000n);
  #host: BackendHost | undefined;
  #base = '';
  #folder = '';
  /** Both are there from `start` on. */
  #own: OwnPresence | undefined;
  #others: Neighbours | undefined;
  #watcher: FSWatcher | undefined;
  #beats: Beats | undefined;
  #conflict = false;
  /** Whether the folder has been one of this user alone. */
  #entered = false;

  constructor(options: LocalDiscoveryOptions) {
    this.#options = readOptions(options);
  }

  checkNamespace(namespace: string): void {
    // It is the name of a folder.
    if (!/^[\w.-]{1,32}$/.test(namespace) || /^\.+$/.test(namespace))
      throw new TypeError(
        `discovery: namespace '${namespace}' must be 1 to 32 letters, digits, '_', '-', '.', and not dots alone`,
      );
  }

  async start(host: BackendHost): Promise<void> {
    this.checkNamespace(host.namespace);
    this.#host = host;
    const { base, folder } = localFolder(host.namespace);
    this.#base = this.#options.folder ?? base;
    this.#folder = this.#options.folder === undefined ? folder : join(this.#options.folder, host.namespace);
    const place = { path: this.#folder, namespace: host.namespace };
    const own = new OwnPresence(place, this.#began);
    this.#own = own;
    this.#others = new Neighbours(place, {
      get file() {
        return own.file;
      },
      stopped: () => this.#host === undefined,
      giveUp: (to, instance) => this.#giveUp(to, instance),
    });
    this.#beats = new Beats(host, () => this.#look(host), Math.min(period, host.interval));
    this.#beats.start();
    await this.#beats.now();
  }

  announce(): void {
    this.#beats?.ask();
  }

  async refresh(): Promise<void> {
    await this.#beats?.now().catch(() => {});
  }

  async stop(): Promise<void> {
    if (this.#host === undefined) return;
    this.#host = undefined;
    await this.#beats?.stop();
    // The look that was under way may have begun to watch.
    this.#watcher?.close();
    await this.#own?.withdraw();
    // Only an empty one goes: the last that leaves takes it away.
    if (this.#entered) await rmdir(this.#folder).catch(() => {});
  }

  async #look(host: BackendHost): Promise<void> {
    for (let tries = 1; this.#host !== undefined; tries += 1) {
      try {
        return await this.#lookOnce(host);
      } catch (error) {
        // Whoever has left may have removed the folder a moment ago, since nothing was in it yet.
        if (tries < mostTries && !existsSync(this.#folder)) continue;
        throw NetronError.from(error, 'unavailable');
      }
    }
  }

  async #lookOnce(host: BackendHost): Promise<void> {
    await privateFolder(this.#base);
    await privateFolder(this.#folder);
    this.#entered = true;
    this.#watch();
    const written = this.#conflict ? undefined : this.#write(host);
    // Those who cannot write, because the disk is full, see the others all the same.
    await written?.catch(() => {});
    await this.#others?.read(host);
    await written;
  }

  async #write(host: BackendHost): Promise<void> {
    if ((await this.#own?.write(host)) === true) this.#rewatch();
  }

  /** The folder may have been made anew: the watch looks at the old one. */
  #rewatch(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#watch();
  }

  #watch(): void {
    if (this.#watcher !== undefined) return;
    try {
      // None left, or the folder is gone: the regular look is enough until there is one again.
      const end = (): void => {
        watcher.close();
        if (this.#watcher === watcher) this.#watcher = undefined;
      };
      const own = basename(this.#folder);
      const watcher = watch(this.#folder, { persistent: false }, (_, name) => {
        // The folder itself was removed or moved: nothing more comes from this watch, whoever makes the folder anew.
        if (name === own) end();
        this.#beats?.soon(settle);
      });
      watcher.on('error', end);
      this.#watcher = watcher;
    } catch {
      this.#watcher = undefined;
    }
  }

  async #giveUp(host: BackendHost, instance: string): Promise<void> {
    this.#conflict = true;
    host.conflict(instance);
    await this.#own?.withdraw();
  }
}
