/** Uploads over an unreliable network: they resume where the server is, and run once. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { defineService, Netron } from '@omnitron-dev/netron';
import { httpHandler } from '@omnitron-dev/netron/http';
import { type Clock, systemClock } from '@omnitron-dev/netron/http/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FaultProxy } from '../../netron/test/transport/fault-proxy.js';
import { HttpRemotePeer, type UploadProgress } from '../src/index.js';
import { eventually } from './eventually.js';

interface Files {
  store(folder: string, file: Blob, more?: Blob): Promise<string>;
  watch(folder: string, file: Blob): Promise<void>;
}

const state = { read: 0, aborted: [] as string[] };
const ran = new Map<string, string[]>();
const files = defineService({
  name: 'files@1.0.0',
  methods: {
    store: async (folder: string, file: Blob, more?: Blob) => {
      const text = (await file.text()) + ((await more?.text()) ?? '');
      ran.set(folder, [...(ran.get(folder) ?? []), text]);
      return `stored ${folder}`;
    },
    watch: async (folder: string, file: Blob) => {
      const reader = file.stream().getReader();
      try {
        while (!(await reader.read()).done) state.read += 1;
      } catch {
        state.aborted.push(folder);
      }
    },
  },
});

let port = 0;
const sockets = new Set<unknown>();
let close: () => Promise<void>;
beforeAll(async () => {
  const node = await Netron.create({ logLevel: 'error' });
  await node.peer.exposeService(files);
  const server = createServer(httpHandler(node).node);
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
  close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await node.stop();
  };
});
afterAll(() => close());

/** Waits between attempts take one turn. */
const eager: Clock = {
  ...systemClock,
  setTimeout: (action, ms, free) => systemClock.setTimeout(action, ms > 10_000 ? ms : 0, free),
};
const content = 'The quick brown fox jumps over the lazy dog. '.repeat(40);

describe('an upload over a connection that is lost', () => {
  it('anywhere in request and response runs once, or fails with an unknown outcome and did not run', async () => {
    const proxy = new FaultProxy({ port, host: '127.0.0.1' });
    await proxy.listen();
    let finished = 0;
    for (let cutAfter = 0; cutAfter < 2_800; cutAfter += 41) {
      const folder = `cut ${cutAfter}`;
      const peer = new HttpRemotePeer(`http://127.0.0.1:${proxy.port}`, {
        clock: eager,
        fetch: async (url, init) => {
          // The cut connections have ended.
          await eventually(() => expect(sockets.size).toBe(0));
          // The first request of the upload is cut; later ones find a working network.
          proxy.faults = url.endsWith('/files/store') ? { cutAfter } : {};
          return fetch(url, { ...init, headers: { ...(init.headers as Record<string, string>), connection: 'close' } });
        },
      });
      const service = await peer.queryInterface<Files>('files');
      const [outcome] = await Promise.allSettled([service.store(folder, new Blob([content]), new File(['!'], 'b.txt'))]);
      if (outcome.status === 'fulfilled') {
        finished += 1;
        expect(outcome.value).toBe(`stored ${folder}`);
        expect(ran.get(folder)).toEqual([`${content}!`]);
      } else {
        // Cut before the server knew of it.
        expect([cutAfter, outcome.reason.code, ran.get(folder)]).toEqual([cutAfter, 'unknown_outcome', undefined]);
      }
      await peer.close();
    }
    expect(finished).toBeGreaterThan(25);
    await proxy.close();
  });

  it('reports progress that only grows', async () => {
    const proxy = new FaultProxy({ port, host: '127.0.0.1' });
    await proxy.listen();
    const peer = new HttpRemotePeer(`http://127.0.0.1:${proxy.port}`, {
      clock: eager,
      fetch: (url, init) => {
        proxy.faults = url.endsWith('/files/store') ? { cutAfter: 1_000_000 } : {};
        return fetch(url, { ...init, headers: { ...(init.headers as Record<string, string>), connection: 'close' } });
      },
    });
    const told: UploadProgress[] = [];
    const service = await peer.queryFluentInterface<Files>('files');
    const large = new Blob(['x'.repeat(3_000_000)]);
    expect(await service.progress((progress) => told.push(progress)).store('large', large)).toBe('stored large');
    expect(ran.get('large')?.[0]?.length).toBe(3_000_000);
    expect(told.at(-1)).toEqual({ sent: 3_000_000, total: 3_000_000 });
    expect(told.every(({ sent }, index) => index === 0 || sent > told[index - 1]!.sent)).toBe(true);
    await peer.close();
    await proxy.close();
  });

  it('permanently fails with its original error within its time limit', async () => {
    let now = 0;
    let requests = 0;
    const clock: Clock = { ...eager, now: () => now };
    const peer = new HttpRemotePeer(`http://127.0.0.1:${port}`, {
      clock,
      timeout: Number.POSITIVE_INFINITY,
      fetch: (url, init) => {
        if (url.includes('$services')) return fetch(url, init);
        requests += 1;
        now += 5_000;
        return Promise.reject(new TypeError('no network'));
      },
    });
    const service = await peer.queryInterface<Files>('files');
    await expect(service.store('never', new Blob(['x']))).rejects.toMatchObject({ code: 'unknown_outcome' });
    expect(requests).toBe(12);
    expect(ran.has('never')).toBe(false);
    await peer.close();
  });

  it('and is repeated by the browser itself continues, and runs once', async () => {
    const proxy = new FaultProxy({ port, host: '127.0.0.1' });
    await proxy.listen();
    const statuses: number[] = [];
    const peer = new HttpRemotePeer(`http://127.0.0.1:${proxy.port}`, {
      clock: eager,
      fetch: async (url, init) => {
        const send = () => fetch(url, { ...init, headers: { ...(init.headers as Record<string, string>), connection: 'close' } });
        proxy.faults = url.endsWith('/files/store') ? { cutAfter: 1_200 } : {};
        const response = await send().catch(() => {
          proxy.faults = {};
          return send();
        });
        if (!url.includes('$services')) statuses.push(response.status);
        return response;
      },
    });
    const service = await peer.queryInterface<Files>('files');
    expect(await service.store('again', new Blob([content]))).toBe('stored again');
    expect(ran.get('again')).toEqual([content]);
    expect(statuses[0]).toBe(409);
    await peer.close();
    await proxy.close();
  });

  it('aborts its method at once when its caller cancels it', async () => {
    const peer = new HttpRemotePeer(`http://127.0.0.1:${port}`, { clock: eager });
    const service = await peer.queryFluentInterface<Files>('files');
    const controller = new AbortController();
    const upload = Promise.resolve(service.signal(controller.signal).watch('given up', new Blob([new Uint8Array(50_000_000)])));
    const end = expect(upload).rejects.toMatchObject({ code: 'canceled' });
    await eventually(() => expect(state.read).toBeGreaterThan(0));
    controller.abort();
    await end;
    // The server would wait a minute for a client that has lost its connection.
    await eventually(() => expect(state.aborted).toEqual(['given up']));
    await peer.close();
  });
});
