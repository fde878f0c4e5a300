/** Nodes of one user on one machine, found by files and sockets: needs no server, no synchronized clock and no process ids. */
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
  /** Folder for records and sockets. Default: `netron` in `XDG_RUNTIME_DIR`, or else `netron-<uid>` in the temporary folder. */
  folder?: string;
}

const names: OptionNames<LocalDiscoveryOptions> = { folder: true };

/** Milliseconds between two reads of the folder; a watch reports changes sooner. */
const period = 2_000;
/** Milliseconds between a notification of a change and the read, so that several changes are read together. */
const settle = 5;
/** Maximum number of times that the folder is made again in one read, when others remove it. */
const maxTries = 5;

/**
 * Announces a node to those of the same user on this machine: by a socket and a file with its record, in a folder that only
 * this user can access. A node exists as long as its socket accepts connections.
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
  /** Both exist from `start` on. */
  #own: OwnPresence | undefined;
  #others: Neighbours | undefined;
  #watcher: FSWatcher | undefined;
  #beats: Beats | undefined;
  #conflict = false;
  /** Whether the folder was made or found to be private. */
  #entered = false;

  constructor(options: LocalDiscoveryOptions) {
    this.#options = readOptions(options);
  }

  checkNamespace(namespace: string): void {
    // The namespace is the name of a folder.
    if (!/^[\w.-]{1,32}$/.test(namespace) || /^\.+$/.test(namespace))
      throw new TypeError(
        `discovery: namespace '${namespace}' must be 1 to 32 letters, digits, '_', '-' and '.', and not only dots`,
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
    // A read that was running may have started a watch.
    this.#watcher?.close();
    await this.#own?.withdraw();
    // Removes the folder only if it is empty: the last node to leave removes it.
    if (this.#entered) await rmdir(this.#folder).catch(() => {});
  }

  async #look(host: BackendHost): Promise<void> {
    for (let tries = 1; this.#host !== undefined; tries += 1) {
      try {
        return await this.#lookOnce(host);
      } catch (error) {
        // Another node that has left may have removed the folder a moment ago, while it was empty.
        if (tries < maxTries && !existsSync(this.#folder)) continue;
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
    // A node that cannot write, for instance because the disk is full, still reads the others.
    await written?.catch(() => {});
    await this.#others?.read(host);
    await written;
  }

  async #write(host: BackendHost): Promise<void> {
    if ((await this.#own?.write(host)) === true) this.#rewatch();
  }

  /** Renews the watch: the folder may have been made again, and the old watch observes the removed one. */
  #rewatch(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
    this.#watch();
  }

  #watch(): void {
    if (this.#watcher !== undefined) return;
    try {
      // If no more watches are available, or the folder is gone, the periodic read suffices until a watch is possible again.
      const end = (): void => {
        watcher.close();
        if (this.#watcher === watcher) this.#watcher = undefined;
      };
      const own = basename(this.#folder);
      const watcher = watch(this.#folder, { persistent: false }, (_, name) => {
        // The folder itself was removed or moved: this watch reports nothing more, even if the folder is made again.
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
