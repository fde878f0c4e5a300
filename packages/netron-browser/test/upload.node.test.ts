import { getEventListeners } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { defineService, Idempotent, Netron, type RemoteBlob, withAnnotations } from '@omnitron-dev/netron';
import { httpHandler } from '@omnitron-dev/netron/http';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { HttpRemotePeer, type UploadProgress, withQuery } from '../src/index.js';

interface Files {
  store(folder: string, file: Blob, note?: Date): Promise<{ folder: string; name: string; received: number; year: number }>;
  copy(bytes: ReadableStream<Uint8Array>): Promise<number>;
  download(size: number): Promise<File>;
}

let attempts = 0;
const files = defineService({
  name: 'files@1.0.0',
  methods: {
    store: withAnnotations(async (folder: string, file: Blob, note: Date) => {
      attempts += 1;
      let received = 0;
      for await (const chunk of file.stream() as unknown as AsyncIterable<Uint8Array>) received += chunk.length;
      return { folder, name: (file as unknown as RemoteBlob).name, received, year: note.getUTCFullYear() };
    }, Idempotent()),
    copy: async (bytes: AsyncIterable<Uint8Array>) => {
      let received = 0;
      for await (const chunk of bytes) received += chunk.length;
      return received;
    },
    download: (size: number) => new File([new Uint8Array(size)], 'ä.bin', { type: 'x/y' }),
  },
});

let url: string;
let close: () => Promise<void>;
beforeAll(async () => {
  const node = await Netron.create({ logLevel: 'error' });
  await node.peer.exposeService(files);
  const server = createServer(httpHandler(node).node);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await node.stop();
  };
});
afterAll(() => close());

/** The XMLHttpRequest of the page, answered by a server that accepts everything. */
class TakenRequest {
  static aborted = 0;
  readonly upload: { onprogress?: unknown } = {};
  readonly status = 200;
  readonly response = new Blob(['{"v":{"received":3}}']);
  onload = () => {};
  onloadend = () => {};
  open() {}
  setRequestHeader() {}
  getAllResponseHeaders = () => 'content-type: application/netron+json';
  send() {
    queueMicrotask(() => {
      this.onload();
      this.onloadend();
    });
  }
  abort() {
    TakenRequest.aborted += 1;
  }
}

describe('files and streams as arguments', () => {
  it('leave no listener on the signal of their call, which does not abort a finished request', async () => {
    vi.stubGlobal('XMLHttpRequest', TakenRequest);
    try {
      const controller = new AbortController();
      const { signal } = controller;
      const service = await new HttpRemotePeer(url).queryFluentInterface<Files>('files');
      const taken = await service
        .progress(() => {})
        .signal(signal)
        .store('a', new Blob(['abc']));
      expect(taken).toMatchObject({ received: 3 });
      await vi.waitFor(() => expect(getEventListeners(signal, 'abort')).toHaveLength(0));
      controller.abort();
      expect(TakenRequest.aborted).toBe(0);
    } finally {
      vi.unstubAllGlobals();
    }
  });

  it('are sent after the other arguments, and files are returned', async () => {
    await using peer = new HttpRemotePeer(url);
    const service = await peer.queryFluentInterface<Files>('files');
    const file = new File([new Uint8Array(300_000)], 'a.bin');
    expect(await service.store('x', file, new Date(0))).toEqual({ folder: 'x', name: 'a.bin', received: 300_000, year: 1970 });
    const back = await service.download(7);
    expect([back.name, back.type, back.size]).toEqual(['ä.bin', 'x/y', 7]);
  });

  it('streams without a length are sent as they are produced', async () => {
    await using peer = new HttpRemotePeer(url);
    const service = await peer.queryInterface<Files>('files');
    let made = 0;
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (made++ === 10) controller.close();
        else controller.enqueue(new Uint8Array(1_000));
      },
    });
    expect(await service.copy(stream)).toBe(10_000);
  });

  it('report their progress', async () => {
    await using peer = new HttpRemotePeer(url);
    const service = await peer.queryFluentInterface<Files>('files');
    const told: UploadProgress[] = [];
    const file = new Blob([new Uint8Array(3_000_000), new Uint8Array(3_000_000)]);
    await service.progress((progress) => told.push(progress)).store('x', file, new Date(0));
    expect(told.length).toBeGreaterThan(1);
    expect(told.at(-1)).toEqual({ sent: 6_000_000, total: 6_000_000 });
    expect(told.every(({ sent }, index) => index === 0 || sent > told[index - 1]!.sent)).toBe(true);
    const again: UploadProgress[] = [];
    await withQuery(service, { progress: (progress) => void again.push(progress) }).store('x', file, new Date(0));
    expect(again.at(-1)?.sent).toBe(6_000_000);
  });

  it('a file is sent again when the call may be retried; a stream never', async () => {
    let failing = 1;
    const peer = new HttpRemotePeer(url, {
      fetch: (target, init) =>
        target.includes('files/') && failing-- > 0 ? Promise.reject(new TypeError('lost')) : fetch(target, init),
      retry: { attempts: 3, initialDelay: 1 },
    });
    const service = await peer.queryInterface<Files>('files');
    failing = 1;
    attempts = 0;
    expect((await service.store('x', new Blob(['abc']), new Date(0))).received).toBe(3);
    expect(attempts).toBe(1);
    failing = 1;
    const stream = new ReadableStream<Uint8Array>({ start: (controller) => controller.close() });
    await expect(service.copy(stream)).rejects.toMatchObject({ code: 'unknown_outcome' });
    await peer.close();
  });

  it('a value that is not bytes, or follows a stream, is refused before it is sent', async () => {
    await using peer = new HttpRemotePeer(url);
    const service = await peer.queryInterface<Files & { copy(...args: unknown[]): Promise<number> }>('files');
    const stream = () => new ReadableStream<Uint8Array>({ start: (controller) => controller.close() });
    await expect(service.copy(stream(), new Blob(['x']))).rejects.toMatchObject({
      message: expect.stringContaining('argument [1]: no file or stream can follow a stream'),
      outcome: 'not_run',
    });
  });
});
