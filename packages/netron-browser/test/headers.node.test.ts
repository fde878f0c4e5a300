/** Headers on the wire: each name once, whatever its case and whoever has set it. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { defineService, Netron, Safe, withAnnotations } from '@omnitron-dev/netron';
import { httpHandler } from '@omnitron-dev/netron/http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type HttpPeerOptions, HttpRemotePeer, messagePack, withOptions } from '../src/index.js';

const users = defineService({
  name: 'users',
  methods: {
    rename: (name: string) => name,
    find: withAnnotations((id: string) => id, Safe()),
    async *feed() {
      yield 1;
    },
    store: (file: Blob) => file.size,
  },
});
interface Users {
  rename(name: string): string;
  find(id: string): string;
  feed(): AsyncGenerator<number>;
  store(file: Blob): number;
}

let node: Netron;
let server: Server;
const seen: { readonly path: string; readonly raw: readonly string[] }[] = [];

beforeAll(async () => {
  node = await Netron.create({ logLevel: 'silent' });
  await node.peer.exposeService(users);
  const { node: answer } = httpHandler(node);
  server = createServer((request, response) => {
    seen.push({ path: request.url ?? '', raw: request.rawHeaders });
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
beforeEach(() => void seen.splice(0));
afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await node.stop();
});

const peerOf = (options: HttpPeerOptions = {}) =>
  new HttpRemotePeer(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, { token: 'token', ...options });

/** Returns the values of a header in all requests except those for descriptions. */
const sent = (name: string): string[][] =>
  seen
    .filter(({ path }) => !path.includes('$services'))
    .map(({ raw }) => raw.filter((_, at) => at % 2 === 1 && raw[at - 1]!.toLowerCase() === name));

const spellings = ['authorization', 'Authorization', 'AUTHORIZATION'];

describe.each(spellings)('%s', (spelling) => {
  const headers = { [spelling]: 'Bearer own' };

  it.each<[string, () => Promise<Users>]>([
    ['of a call', async () => withOptions(await peerOf().queryInterface<Users>('users'), { headers }) as unknown as Users],
    ['of a peer', async () => (await peerOf({ headers }).queryInterface<Users>('users')) as unknown as Users],
    [
      'of middleware before a request',
      async () => {
        const peer = peerOf().use(({ request }, next) => {
          request.headers[spelling] = 'Bearer own';
          return next();
        });
        return (await peer.queryInterface<Users>('users')) as unknown as Users;
      },
    ],
    [
      'of middleware around the call',
      async () => {
        const middleware = ({ request }: { request: { headers: Record<string, string> } }, next: () => Promise<void>) => {
          request.headers = { ...request.headers, [spelling]: 'Bearer own' };
          return next();
        };
        return (await peerOf().use(middleware, { stage: 'PRE_CALL' }).queryInterface<Users>('users')) as unknown as Users;
      },
    ],
    [
      'of a call, before that of its peer',
      async () => {
        const peer = peerOf({ headers: { Authorization: 'Bearer peer', AUTHORIZATION: 'Bearer other' } });
        return withOptions(await peer.queryInterface<Users>('users'), { headers }) as unknown as Users;
      },
    ],
  ])('%s replaces the token', async (_, way) => {
    const service = await way();
    await service.rename('Ada');
    await service.find('7');
    for await (const item of service.feed()) expect(item).toBe(1);
    await service.store(new Blob(['abc']));
    expect(sent('authorization')).toEqual([['Bearer own'], ['Bearer own'], ['Bearer own'], ['Bearer own']]);
  });
});

it('without an Authorization header the token is sent; a batch contains calls of one user only', async () => {
  const service = (await peerOf({ batch: true }).queryInterface<Users>('users')) as unknown as Users;
  const own = withOptions(service, { headers: { AUTHORIZATION: 'Bearer own' } });
  await Promise.all([service.rename('a'), service.rename('b'), own.rename('c'), own.rename('d')]);
  expect(sent('authorization').sort()).toEqual([['Bearer own'], ['Bearer token']]);
});

it('headers of the client are sent once when middleware replaces them, in any letter case', async () => {
  const peer = peerOf({ codec: messagePack }).use(({ request }, next) => {
    request.headers.ACCEPT = 'application/json';
    request.headers['Content-Type'] = request.headers['content-type'] ?? '';
    return next();
  });
  const service = (await peer.queryInterface<Users>('users')) as unknown as Users;
  expect(await service.rename('Ada')).toBe('Ada');
  expect(sent('accept')).toEqual([['application/json']]);
  expect(sent('content-type')).toEqual([[messagePack.mediaType]]);
});
