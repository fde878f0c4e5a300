/** A page whose server does not return the code that a call needs first: that call fails with the reason, and the next one tries again. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeServer, problem } from './fake-server.js';

const server = new FakeServer()
  .on('shop.price', { safe: true }, ({ args: [item] }) => `${item}: 25`)
  .on('shop.buy', {}, ({ args: [item] }) => item);

/** A client whose modules have not been loaded yet. */
async function freshPeer(options: object = {}) {
  const { HttpRemotePeer } = await import('../src/index.js');
  return new HttpRemotePeer('https://a.example', { fetch: server.fetch, live: false, ...options });
}

const gone = () => {
  throw new TypeError('Failed to fetch dynamically imported module');
};
const unavailable = { code: 'unavailable', message: expect.stringContaining('cannot load the code') };

/** A server that accepts no token. */
const refusing = async () => problem(401, 'unauthenticated', 'expired', { outcome: 'not_run' });

beforeEach(() => vi.resetModules());
afterEach(() => {
  for (const path of ['batcher', 'upload']) vi.doUnmock(`../src/request/${path}.js`);
  vi.doUnmock('../src/request/renewals.js');
  vi.doUnmock('../src/retry/retries.js');
  vi.doUnmock('../src/queue/call-queue.js');
  vi.doUnmock('@omnitron-dev/netron/client');
});

describe('code that cannot be loaded', () => {
  it('for batches: calls are sent one by one, and in a batch once it is loaded', async () => {
    vi.doMock('../src/request/batcher.js', gone);
    const peer = await freshPeer({ batch: true });
    const shop = await peer.queryInterface<{ price(item: string): string }>('shop');
    expect(await Promise.all(['a', 'b'].map((item) => shop.price(item)))).toEqual(['a: 25', 'b: 25']);
    vi.doUnmock('../src/request/batcher.js');
    const before = server.asked.length;
    await Promise.all(['c', 'd'].map((item) => shop.price(item))).catch(() => {});
    expect(server.asked.slice(before).map(({ service }) => service)).toEqual(['']);
    await peer.close();
  });

  it('for uploads: the call fails with outcome not_run, and the next call loads it', async () => {
    vi.doMock('../src/request/upload.js', gone);
    const peer = await freshPeer();
    const shop = await peer.queryInterface<{ buy(file: Blob): string }>('shop');
    await expect(shop.buy(new Blob(['x']))).rejects.toMatchObject(unavailable);
    vi.doMock('../src/request/upload.js', () => ({ prepareUpload: () => async () => Response.json('sent') }));
    expect(await shop.buy(new Blob(['x']))).toBe('sent');
    await peer.close();
  });

  it('for retries: calls are attempted once until it is loaded', async () => {
    vi.doMock('../src/retry/retries.js', gone);
    const { RetryManager } = await import('../src/retry/retry-manager.js');
    const manager = new RetryManager({ attempts: 2, initialDelay: 0 });
    let made = 0;
    const fail = () => {
      made += 1;
      return Promise.reject(Object.assign(new Error('down'), { code: 'unavailable' }));
    };
    await expect(manager.execute(fail, { idempotent: true })).rejects.toThrow('down');
    expect(made).toBe(1);
    vi.doUnmock('../src/retry/retries.js');
    await expect(manager.execute(fail, { idempotent: true })).rejects.toThrow('down');
    expect([made, manager.circuit()]).toEqual([4, 'closed']);
  });

  it('for queued changes: the change fails, and the next change is stored and sent', async () => {
    vi.doMock('../src/queue/call-queue.js', gone);
    const peer = await freshPeer({ queue: true });
    await expect(peer.queue?.list()).rejects.toMatchObject(unavailable);
    vi.doUnmock('../src/queue/call-queue.js');
    expect(await peer.queue?.list()).toEqual([]);
    await peer.close();
  });

  it('for token renewal: the call fails with outcome not_run, and the next call loads it', async () => {
    vi.doMock('../src/request/renewals.js', gone);
    let asked = 0;
    const refresh = async () => `token ${++asked}`;
    const peer = await freshPeer({ token: 'old', refresh, fetch: refusing });
    await expect(peer.queryInterface('shop')).rejects.toMatchObject({ ...unavailable, outcome: 'not_run' });
    expect(asked).toBe(0);
    vi.doUnmock('../src/request/renewals.js');
    await expect(peer.queryInterface('shop')).rejects.toMatchObject({ code: 'unauthenticated' });
    expect(asked).toBe(1);
    await peer.close();
  });

  it('for duplex connections: the call fails, and the next call loads it', async () => {
    vi.doMock('../src/peer/duplex-calls.js', gone);
    const peer = await freshPeer();
    await expect(peer.duplex()).rejects.toMatchObject(unavailable);
    vi.doMock('../src/peer/duplex-calls.js', () => ({
      Lines: class {
        peer = async () => 'connected';
      },
    }));
    expect(await peer.duplex()).toBe('connected');
  });
});
