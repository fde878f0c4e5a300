/** Callers behind a proxy that names them in `X-Forwarded-For`. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type AuthenticationRequest, defineService, getCallContext, Netron } from '../../src/index.js';
import { quiet } from '../integration/nodes.js';

const service = defineService({ name: 'who@1.0.0', methods: { am: () => getCallContext().user } });

/** Adds a header to the request that each of its connections begins with. */
async function proxy(port: number, header: string) {
  const server = createServer((client) => {
    const upstream = connect(port, '127.0.0.1');
    client.once('data', (first: Buffer) => {
      upstream.write(first.toString('latin1').replace('\r\n', `\r\n${header}\r\n`), 'latin1');
      client.pipe(upstream);
    });
    upstream.pipe(client);
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const)
      one.on('error', () => {}).on('close', () => other.destroy());
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}

it.each([
  ['when the proxy is trusted', true, '203.0.113.7'],
  ['only when it is trusted: not with trustProxy: false', false, '127.0.0.1'],
  ['when the function returns true', (address: string) => address === '127.0.0.1', '203.0.113.7'],
  [
    'only when it is trusted: not when the function throws',
    () => {
      throw new TypeError('no such address');
    },
    '127.0.0.1',
  ],
  [
    'only when it is trusted: not when the function returns a promise',
    (() => Promise.reject(new Error('late'))) as never,
    '127.0.0.1',
  ],
])(
  'behaviour 31: HTTP calls, connections and JSON sockets use the client address of the proxy %s',
  async (_what, trustProxy, expected) => {
    const seen: AuthenticationRequest[] = [];
    const node = await Netron.create({
      logger: quiet,
      listenPort: 0,
      http: { trustProxy },
      authenticate: (_credentials, request) => {
        seen.push(request);
        return { address: request.address };
      },
    });
    await node.peer.exposeService(service);
    const behind = await proxy(node.listenPort, 'X-Forwarded-For: 203.0.113.7');
    const client = await Netron.create({ logger: quiet, credentials: 'token' });

    const headers = { authorization: 'Bearer token', 'content-type': 'application/json', connection: 'close' };
    const answer = await fetch(`http://127.0.0.1:${behind.port}/netron/who/am`, { method: 'POST', headers, body: '[]' });
    expect(await answer.json()).toEqual({ address: expected });

    const peer = await client.connect(`ws://127.0.0.1:${behind.port}`);
    const { address } = (await peer.call('who', 'am')) as { address: string };
    expect(address).toMatch(new RegExp(`^ws://${expected.replaceAll('.', '\\.')}:\\d+$`));

    const texts = new WebSocket(`ws://127.0.0.1:${behind.port}/netron`, 'netron.json', {
      headers: { authorization: 'Bearer token' },
    });
    await once(texts, 'open');
    await expect.poll(() => seen.length).toBe(3);
    expect(seen[2]).toMatchObject({ address: expected, transport: 'websocket' });
    texts.terminate();
    await Promise.all([client.stop(), node.stop({ timeout: 0 })]);
    behind.close();
  },
);

it('entries that the client adds before that of the proxy, and a port in that entry, do not change the address of a client over any transport', async () => {
  const seen: string[] = [];
  const node = await Netron.create({
    logger: quiet,
    listenPort: 0,
    http: { trustProxy: true },
    authenticate: (_credentials, { address }) => {
      seen.push(address);
      return { address };
    },
  });
  await node.peer.exposeService(service);
  const behind = await proxy(node.listenPort, 'X-Forwarded-For: 6.6.6.6, 203.0.113.7:5123');
  const client = await Netron.create({ logger: quiet, credentials: 'token' });
  const headers = { authorization: 'Bearer token', connection: 'close' };
  await fetch(`http://127.0.0.1:${behind.port}/netron/who/am`, { method: 'POST', headers });
  await client.connect(`ws://127.0.0.1:${behind.port}`);
  const texts = new WebSocket(`ws://127.0.0.1:${behind.port}/netron`, 'netron.json', { headers });
  await once(texts, 'open');
  await expect.poll(() => seen.length).toBe(3);
  expect(seen).toEqual(['203.0.113.7', expect.stringMatching(/^ws:\/\/203\.0\.113\.7:\d+$/), '203.0.113.7']);
  texts.terminate();
  await Promise.all([client.stop(), node.stop({ timeout: 0 })]);
  behind.close();
});
