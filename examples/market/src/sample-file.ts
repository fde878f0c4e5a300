import { createCipheriv, createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { mebibyte } from './report.js';

/** A file and its expected size and checksum on the other side. */
export interface SampleFile {
  readonly path: string;
  readonly size: number;
  readonly sha256: string;
}

/** Writes a file of pseudorandom bytes that are the same every time: AES in counter mode over zeros. */
export async function writeSampleFile(path: string, size: number): Promise<SampleFile> {
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16), Buffer.alloc(16));
  const hash = createHash('sha256');
  const zeros = Buffer.alloc(mebibyte);
  function* content(): Generator<Buffer> {
    for (let left = size; left > 0; left -= zeros.length) {
      const chunk = cipher.update(zeros.subarray(0, left));
      hash.update(chunk);
      yield chunk;
    }
  }
  await pipeline(content, createWriteStream(path));
  return { path, size, sha256: hash.digest('hex') };
}
