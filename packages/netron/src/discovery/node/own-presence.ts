/** The socket and the record by which this run of a node is visible to others on this machine. */
import { rename, rm, stat, writeFile } from 'node:fs/promises';
import { randomId } from '../../util/random-id.js';
import type { BackendHost, BackendListener } from '../backend.js';
import { recordLimits } from '../read-record.js';
import { draftFile, type PresenceFolder, presenceFile } from './presence-files.js';

export class OwnPresence {
  /** Name of this run's files, a new one whenever they are made again; empty while there are none. */
  file = '';
  readonly #folder: PresenceFolder;
  readonly #began: number;
  #listener: BackendListener | undefined;
  #written = '';

  /** @param began start of the run, on this machine's monotonic clock */
  constructor(folder: PresenceFolder, began: number) {
    this.#folder = folder;
    this.#began = began;
  }

  /**
   * Ensures that the socket and the current record exist.
   *
   * @returns whether they were made again
   */
  async write(host: BackendHost): Promise<boolean> {
    const anew = this.#listener === undefined || !(await this.#intact());
    if (anew) await this.#listen(host);
    const { address } = this.#listener as BackendListener;
    const own = host.own();
    const addresses = [address, ...own.addresses].slice(0, recordLimits.addresses);
    const record = JSON.stringify({ ...own, addresses, began: this.#began });
    if (record === this.#written) return anew;
    const path = presenceFile(this.#folder, this.file, 'json');
    const draft = draftFile(this.#folder, this.file);
    try {
      await writeFile(draft, record, { mode: 0o600 });
      await rename(draft, path);
    } catch (error) {
      // A partial file would take space on a full disk.
      await rm(draft, { force: true }).catch(() => {});
      throw error;
    }
    this.#written = record;
    return anew;
  }

  /** Removes the record and closes the socket. */
  async withdraw(): Promise<void> {
    if (this.file === '') return;
    const { file } = this;
    this.file = '';
    this.#written = '';
    await rm(presenceFile(this.#folder, file, 'json'), { force: true }).catch(() => {});
    await this.#listener?.close().catch(() => {});
    this.#listener = undefined;
  }

  /** Whether both files are in place, and the record has its full size. */
  async #intact(): Promise<boolean> {
    const sizeOf = (extension: 'json' | 'sock'): Promise<number | undefined> =>
      stat(presenceFile(this.#folder, this.file, extension)).then(
        ({ size }) => size,
        () => undefined,
      );
    if (this.#written !== '' && (await sizeOf('json')) !== Buffer.byteLength(this.#written)) return false;
    return process.platform === 'win32' || (await sizeOf('sock')) !== undefined;
  }

  async #listen(host: BackendHost): Promise<void> {
    await this.withdraw();
    this.file = randomId().slice(0, 16);
    const windows = process.platform === 'win32';
    const path = presenceFile(this.#folder, this.file, 'sock');
    this.#listener = await host.listen(windows ? 'pipe' : 'unix', windows ? path.slice('\\\\.\\pipe\\'.length) : path);
  }
}
