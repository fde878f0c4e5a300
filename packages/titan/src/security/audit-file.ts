import { createHash, createHmac } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import type { HealthCheck } from '../util/health-check.js';

/** Options of an audit file. */
export interface AuditFileOptions {
  /** Path of the file; lines are appended. Only one process may write it. */
  readonly path: string;
  /** Secret of the chain: without it, anyone who can write the file can also write another chain. Default: none. */
  readonly key?: string | Uint8Array;
  /** Largest number of records that wait for the disk; further ones are dropped and counted. Default 100,000. */
  readonly maxWaiting?: number;
}

/** Result of `verifyAuditFile`. */
export interface AuditVerdict {
  /** Whether every line is unchanged, and none is missing between the first and the last. */
  readonly valid: boolean;
  /** Number of valid lines. */
  readonly records: number;
  /** Number of the first invalid line, from 1. */
  readonly brokenAt?: number;
  /** Hash of the last valid line. Stored elsewhere, it later reveals lines cut off at the end. */
  readonly head: string;
}

const start = '0'.repeat(64);
const tail = 1024 * 1024;

/** A file of records, one line of JSON each. Every line carries the hash of the previous one: a changed, moved or removed line breaks the chain. */
export class AuditFile {
  readonly #file: FileHandle;
  readonly #key: string | Uint8Array | undefined;
  readonly #max: number;
  #sequence: number;
  #previous: string;
  #waiting: object[] = [];
  #lost = 0;
  #writing: Promise<void> | undefined;
  #failure: Error | undefined;

  private constructor(file: FileHandle, { key, maxWaiting = 100_000 }: AuditFileOptions, sequence: number, previous: string) {
    this.#file = file;
    this.#key = key;
    this.#max = maxWaiting;
    this.#sequence = sequence;
    this.#previous = previous;
  }

  /**
   * Opens a file and continues after its last complete line; a line truncated by a crash is removed.
   *
   * @throws Error if it cannot be opened, or does not end as an audit file does
   */
  static async open(options: AuditFileOptions): Promise<AuditFile> {
    const file = await open(options.path, 'a+', 0o600);
    try {
      const { sequence, hash } = await lastLine(file, options.path);
      return new AuditFile(file, options, sequence, hash);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Adds a record; it is written in the background. */
  append(record: object): void {
    if (this.#waiting.length >= this.#max) this.#lost += 1;
    else this.#waiting.push(record);
    void this.#begin();
  }

  /** Resolves when all records are written, or cannot be; retries earlier failures. */
  async flush(): Promise<void> {
    await this.#writing;
    if (this.#waiting.length > 0 || this.#lost > 0) await this.#begin();
  }

  #begin(): Promise<void> {
    this.#writing ??= this.#write().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  /** Writes waiting records, and closes the file. */
  async close(): Promise<void> {
    await this.flush();
    await this.#file.close();
  }

  /** Unhealthy since a record could not be written. */
  health(): HealthCheck {
    if (this.#failure) return { healthy: false, critical: true, message: this.#failure.message };
    return { healthy: true };
  }

  async #write(): Promise<void> {
    // Includes other records of the same turn.
    await Promise.resolve();
    while (this.#waiting.length > 0 || this.#lost > 0) {
      const [records, lost] = [this.#waiting, this.#lost];
      this.#waiting = [];
      this.#lost = 0;
      const told = lost > 0 ? [...records, { at: Date.now(), kind: 'lost', records: lost }] : records;
      const { sequence, previous } = { sequence: this.#sequence, previous: this.#previous };
      let size: number | undefined;
      try {
        size = (await this.#file.stat()).size;
        await this.#file.appendFile(told.map((record) => this.#line(record)).join(''));
        await this.#file.datasync();
        this.#failure = undefined;
      } catch (error) {
        // Removes a partial line: the next line has to follow the last complete one.
        if (size !== undefined) await this.#file.truncate(size).catch(() => {});
        this.#failure = error as Error;
        this.#sequence = sequence;
        this.#previous = previous;
        this.#lost += lost + records.length;
        return;
      }
    }
  }

  #line(record: object): string {
    this.#sequence += 1;
    const body = JSON.stringify({ ...record, sequence: this.#sequence, previous: this.#previous });
    this.#previous = hashOf(body, this.#key);
    return `${body.slice(0, -1)},"hash":"${this.#previous}"}\n`;
  }
}

/** Verifies the chain of a file, line by line. @throws the system's error if it cannot be read */
export async function verifyFile(path: string, { key }: Pick<AuditFileOptions, 'key'>): Promise<AuditVerdict> {
  let [records, previous] = [0, start];
  for await (const line of linesOf(path)) {
    const [body, hash] = split(line);
    const known = parse(line);
    const fits =
      body !== undefined && known?.sequence === records + 1 && known.previous === previous && hashOf(body, key) === hash;
    if (!fits) return { valid: false, records, brokenAt: records + 1, head: previous };
    records += 1;
    previous = hash ?? '';
  }
  return { valid: true, records, head: previous };
}

/** Yields the lines of a file, which end only with a line feed: texts of records may contain other line terminators. */
async function* linesOf(path: string): AsyncGenerator<string> {
  let rest = '';
  for await (const chunk of createReadStream(path, 'utf8') as AsyncIterable<string>) {
    const [first = '', ...more] = chunk.split('\n');
    rest += first;
    for (const next of more) {
      yield rest;
      rest = next;
    }
  }
  if (rest !== '') yield rest;
}

const hashOf = (body: string, key: string | Uint8Array | undefined): string =>
  (key === undefined ? createHash('sha256') : createHmac('sha256', key)).update(body).digest('hex');

/** Splits a line into the hashed part and the hash. */
function split(line: string): [string?, string?] {
  const [, body, hash] = /^(\{.*),"hash":"([\da-f]{64})"\}$/s.exec(line) ?? [];
  return body === undefined || hash === undefined ? [] : [`${body}}`, hash];
}

function parse(line: string): { sequence?: unknown; previous?: unknown; hash?: unknown } | undefined {
  try {
    return JSON.parse(line) as object;
  } catch {
    return undefined;
  }
}

/** Reads the last complete line, and removes everything after it. */
async function lastLine(file: FileHandle, path: string): Promise<{ sequence: number; hash: string }> {
  const { size } = await file.stat();
  if (size === 0) return { sequence: 0, hash: start };
  const from = Math.max(0, size - tail);
  const { buffer, bytesRead } = await file.read({ buffer: Buffer.alloc(size - from), position: from });
  const end = buffer.subarray(0, bytesRead).lastIndexOf(0x0a);
  if (end < 0) {
    // The very first record, truncated by a crash.
    if (from > 0 || !buffer.toString('utf8', 0, bytesRead).startsWith('{"at":')) throw new Error(`${path} is not an audit file`);
    await file.truncate(0);
    return { sequence: 0, hash: start };
  }
  const begin = buffer.lastIndexOf(0x0a, end - 1) + 1;
  const { sequence, hash } = parse(buffer.toString('utf8', begin, end)) ?? {};
  if (typeof sequence !== 'number' || typeof hash !== 'string')
    throw new Error(`${path} is not an audit file: its last line has no hash`);
  if (from + end + 1 < size) await file.truncate(from + end + 1);
  return { sequence, hash };
}
