/** Every login that is refused leaves a line in the log, by whichever way it came. */
import { Netron } from '@omnitron-dev/netron';
import { JwtAuthProvider } from '@omnitron-dev/netron-auth';
import { afterEach, expect, it, vi } from 'vitest';
import { type Application, Authenticated, createApp, Public, TitanService } from '../../src/index.js';

const jwt = new JwtAuthProvider({ secret: 'a secret of thirty-two bytes, or more', issuer: 'shop' });

@TitanService({ name: 'shop', transports: { http: '/api' } })
class Shop {
  @Public()
  @Authenticated()
  buy() {
    return 'bought';
  }
}

interface Line {
  readonly level: number;
  readonly msg: string;
  readonly address?: string;
  readonly error?: string;
  readonly reason?: string;
}

let app: Application;
afterEach(() => app.stop());

async function started(): Promise<{ readonly port: number; readonly lines: Line[] }> {
  const lines: Line[] = [];
  app = createApp({
    signals: false,
    config: { netron: { port: 0, healthPort: false } },
    logger: { level: 'warn', destination: { write: (line) => lines.push(JSON.parse(line) as Line) } },
    security: { authentication: jwt },
  }).service(Shop);
  await app.start();
  return { port: app.netron!.listenPort, lines };
}

it.each<[string, (port: number) => Promise<unknown>]>([
  [
    'a connection',
    async (port) => {
      await using node = await Netron.create({ logLevel: 'silent' });
      await node.connect(`ws://127.0.0.1:${port}`, { credentials: 'forged' }).catch(() => {});
    },
  ],
  [
    'a header of HTTP',
    (port) => fetch(`http://127.0.0.1:${port}/api/shop/buy`, { method: 'POST', headers: { authorization: 'Bearer forged' } }),
  ],
  [
    'a header of HTTP of another scheme',
    (port) => fetch(`http://127.0.0.1:${port}/api/shop/buy`, { method: 'POST', headers: { authorization: 'Basic Zm9yZ2Vk' } }),
  ],
  [
    'a header of a call',
    async (port) => {
      await using node = await Netron.create({ logLevel: 'silent' });
      const peer = await node.connect(`ws://127.0.0.1:${port}`);
      await peer.call('shop', 'buy', [], { headers: { authorization: 'Bearer forged' } }).catch(() => {});
    },
  ],
  [
    'a header of a call that names somebody whose identity has expired or been revoked',
    async (port) => {
      await using node = await Netron.create({ logLevel: 'silent' });
      const peer = await node.connect(`ws://127.0.0.1:${port}`);
      const asked = vi.spyOn(jwt, 'authenticate').mockResolvedValue({ userId: 'ada', expiresAt: 1 });
      const code = await peer
        .call('shop', 'buy', [], { headers: { authorization: 'Bearer any' } })
        .catch((error: { code: string }) => error.code);
      asked.mockRestore();
      expect(code).toBe('unauthenticated');
    },
  ],
])('by %s', async (_, login) => {
  const { port, lines } = await started();
  await login(port);
  expect(lines).toMatchObject([
    { level: 40, msg: 'authentication failed', address: expect.stringContaining('127.0.0.1'), error: expect.any(String) },
  ]);
});
