import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { NotFoundError, type Remote } from '@omnitron-dev/netron';
import type { FileService } from './files.js';
import { ProgressBar } from './progress-bar.js';
import { type Report, timed } from './report.js';
import type { SampleFile } from './sample-file.js';

/** The name under which the file is stored. */
const name = 'copy.bin';

/** Uploads the file, downloads it, and compares the checksums. */
export async function transfer(files: Remote<FileService>, file: SampleFile, report: Report): Promise<void> {
  const { path, size, sha256 } = file;
  const up = new ProgressBar('upload', size);
  let events = 0;
  const off = await files.on('upload:progress', ({ bytes }) => {
    events += 1;
    up.update(bytes);
  });
  const upload = await timed(() => files.uploadFile(name, createReadStream(path), { size }));
  await off();
  assert.equal(upload.result.sha256, sha256, 'the received bytes differ from the sent bytes');
  assert.equal(events, 100, 'progress events are missing');
  report.add({ what: 'upload (Unix socket)', bytes: size, ms: upload.ms, note: 'SHA-256 equal' });
  report.add({ what: 'progress events of the service', count: events });

  const down = new ProgressBar('download', size);
  const download = await timed(() => fetchFile(files, file, (bytes) => down.update(down.bytes + bytes)));
  report.add({ what: 'download (Unix socket)', bytes: size, ms: download.ms, note: 'SHA-256 equal' });

  const error = await files.downloadFile('nothing.bin').catch((caught: unknown) => caught);
  assert.ok(error instanceof NotFoundError, 'the error lost its class');
  console.log(`  SHA-256 ${sha256.slice(0, 16)}… on both sides`);
}

/** Reads the stored file and checks it; calls `arrived` with the bytes of each chunk. */
export async function fetchFile(
  files: Remote<FileService>,
  { size, sha256 }: SampleFile,
  arrived: (bytes: number) => void,
): Promise<void> {
  const hash = createHash('sha256');
  let received = 0;
  for await (const chunk of await files.downloadFile(name)) {
    hash.update(chunk);
    received += chunk.length;
    arrived(chunk.length);
  }
  assert.equal(received, size, 'the download is incomplete');
  assert.equal(hash.digest('hex'), sha256, 'the downloaded bytes differ from the sent bytes');
}
