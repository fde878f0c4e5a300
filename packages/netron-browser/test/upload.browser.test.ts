/// <reference path="../../netron/test/browser/server.setup.ts" />
import { describe, expect, it } from 'vitest';
import { server } from '../../netron/test/browser/page.js';
import { HttpRemotePeer, type UploadProgress } from '../src/index.js';

interface Files {
  measure(file: Blob): { size: number; type: string; name?: string; received: number };
  download(size: number): Blob;
}

async function address(): Promise<string> {
  return new URL((await server([location.origin])).replace(/^ws/, 'http')).origin;
}

describe('files over HTTP, in Chromium', () => {
  it('are sent with metadata and progress, and returned', async () => {
    await using peer = new HttpRemotePeer(await address());
    const files = await peer.queryFluentInterface<Files>('files');
    const file = new File([new Uint8Array(5_000_000)], 'a.bin', { type: 'x/y' });
    const facts = { size: 5_000_000, type: 'x/y', name: 'a.bin', received: 5_000_000 };
    expect(await files.measure(file)).toEqual(facts);
    const told: UploadProgress[] = [];
    expect(await files.progress((progress) => told.push(progress)).measure(file)).toEqual(facts);
    expect(told.at(-1)).toEqual({ sent: 5_000_000, total: 5_000_000 });
    const back = await files.download(1_000);
    expect([back.size, back.type]).toEqual([1_000, 'application/x-sevens']);
  });

  it('an upload is canceled by its signal', async () => {
    await using peer = new HttpRemotePeer(await address());
    const files = await peer.queryFluentInterface<Files>('files');
    const controller = new AbortController();
    const sending = files
      .signal(controller.signal)
      .progress(() => controller.abort())
      .measure(new Blob([new Uint8Array(50_000_000)]));
    await expect(sending).rejects.toMatchObject({ code: 'canceled' });
  });
});
