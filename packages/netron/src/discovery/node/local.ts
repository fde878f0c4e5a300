/** Nodes of one user on one machine, found by files and sockets: no server, no clock, no process ids. */
import { type FSWatcher, watch } from 'node:fs';
import { join } from 'node:path';
import { NetronError } from '../../errors/netron-error.js';
import type { BackendHost, DiscoveryBackend } from '../backend.js';
import { Neighbours } from './neighbours.js';
import { OwnPresence } from './own-presence.js';
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
  #host: BackendHost | undefined;
  #base = '';
  #folder = '';
  /** Both are there from `start` on. */
  #own: OwnPresence | undefined;
  #others: Neighbours | undefined;
  #watcher: FSWatcher | undefined;
  #timer: unknown;
  #soon: unknown;
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
    await this.#own?.withdraw();
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
        if (!this.#conflict && (await this.#own?.write(host)) === true) this.#rewatch();
        await this.#others?.read(host);
        this.#failure = undefined;
        host.view.up();
      } catch (error) {
        this.#failure = NetronError.from(error, 'unavailable');
        host.view.down(this.#failure);
      }
    } while (this.#again);
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

  async #giveUp(host: BackendHost, instance: string): Promise<void> {
    this.#conflict = true;
    host.conflict(instance);
    await this.#own?.withdraw();
  }
}
