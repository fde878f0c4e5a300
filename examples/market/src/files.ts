/** A file store over a Unix socket, on Windows a named pipe: `node files.js FOLDER`. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Netron, NotFoundError, Public, Service, ServiceBase, ValidationError } from '@omnitron-dev/netron';
import { announce } from './announce.js';
import { marketNamespace } from './namespace.js';

export interface UploadProgress {
  name: string;
  bytes: number;
  size: number;
}

export interface StoredFile {
  name: string;
  bytes: number;
  sha256: string;
}

@Service('files@1.0.0')
export class FileService extends ServiceBase<{ 'upload:progress': UploadProgress }> {
  readonly #folder: string;

  constructor(folder: string) {
    super();
    this.#folder = folder;
  }

  /** Stores a file and emits `upload:progress` after each percent of `size`. */
  @Public()
  async uploadFile(name: string, content: AsyncIterable<Uint8Array>, { size }: { size: number }): Promise<StoredFile> {
    const hash = createHash('sha256');
    const target = createWriteStream(this.#pathOf(name));
    let bytes = 0;
    let percent = 0;
    const observe = (chunk: Uint8Array): void => {
      hash.update(chunk);
      bytes += chunk.length;
      const now = Math.floor((bytes / size) * 100);
      if (now > percent) this.emit('upload:progress', { name, bytes, size });
      percent = now;
    };
    await pipeline(
      content,
      async function* (chunks: AsyncIterable<Uint8Array>) {
        for await (const chunk of chunks) {
          observe(chunk);
          yield chunk;
        }
      },
      target,
    );
    return { name, bytes, sha256: hash.digest('hex') };
  }

  @Public()
  async downloadFile(name: string): Promise<AsyncIterable<Uint8Array>> {
    const path = this.#pathOf(name);
    if (!existsSync(path)) throw new NotFoundError(`no file '${name}'`);
    return createReadStream(path);
  }

  /** Names come from clients: none may leave the folder. */
  #pathOf(name: string): string {
    if (!/^\w[\w.-]*$/.test(name)) throw new ValidationError('a file name must consist of letters, digits, dots and dashes');
    return join(this.#folder, name);
  }
}

const [, , folder = '.'] = process.argv;
const netron = await Netron.create({
  id: 'files',
  transports:
    process.platform === 'win32' ? { pipe: { name: basename(folder) } } : { unix: { path: join(folder, 'files.sock') } },
  allowServiceEvents: true,
  discovery: { namespace: marketNamespace() },
});
await netron.peer.exposeService(new FileService(folder));
announce(netron);
