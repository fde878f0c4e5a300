/** Identities by the certificates of both ends, made by an authority of the test. */
import { createHash, X509Certificate } from 'node:crypto';
import { Agent, request } from 'node:https';
import { Netron, type NetronConnectOptions, type NetronError } from '@omnitron-dev/netron';
import { TlsTransport } from '@omnitron-dev/netron/transports';
import { CertificateAuthProvider, Revocations } from '@omnitron-dev/netron-auth';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type Certificates, makeCertificates } from '../../../netron/test/transport/certificates.js';
import {
  Auth,
  type AuthContext,
  type AuthProvider,
  type Caller,
  createApp,
  Public,
  type SecurityOptions,
  TitanService,
  TlsEncryption,
} from '../../src/index.js';

@TitanService({ name: 'orders', auth: { required: true, except: ['hello'] } })
class Orders {
  @Public()
  hello(@Auth() user?: Caller<AuthContext>) {
    return user?.userId ?? 'somebody';
  }
  @Public({ auth: { roles: ['service'] } })
  list(@Auth() user: Caller<AuthContext>) {
    return user.userId;
  }
  @Public()
  async *watch() {
    yield 'first';
    await new Promise(() => {});
  }
}

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});
const code = (call: Promise<unknown>) =>
  call.then(
    (value) => value,
    (error: NetronError) => error.code,
  );

let certificates: Certificates;
let fingerprint: string;
beforeAll(() => {
  certificates = makeCertificates();
  fingerprint = createHash('sha256').update(new X509Certificate(certificates.client.cert).raw).digest('hex');
});
const byName = () =>
  new CertificateAuthProvider({
    user: ({ names }) => (names.includes('DNS:client') ? { id: 'billing', roles: ['service'] } : undefined),
  });

/** An application that asks for certificates, on TLS and on WebSockets and HTTP over TLS. */
async function serve(security: SecurityOptions) {
  const { ca, server } = certificates;
  const tls = { ...server, ca, requestCert: true, rejectUnauthorized: false };
  const app = createApp({
    signals: false,
    logger: { level: 'silent' },
    security,
    config: { netron: { healthPort: false } },
    netron: { http: true, transports: { tls: { port: 0, tls }, websocket: { port: 0, tls } } },
  }).service(Orders);
  await app.start();
  ends.push(() => app.stop());
  const of = (scheme: string) => app.netron!.addresses.find((at) => at.startsWith(scheme))!.replace('127.0.0.1', 'localhost');
  return { app, tls: of('tls'), wss: of('wss') };
}

async function orders(address: string, tls: NetronConnectOptions['tls'], credentials?: string) {
  const node = await Netron.create({ logLevel: 'silent', ...(credentials !== undefined && { credentials }) });
  ends.push(() => node.stop());
  const peer = await node.connect(address, { tls });
  return { peer, service: await peer.queryInterface<Orders>('orders') };
}

describe('SE-06, E11: a caller is whom its certificate names', () => {
  it.each(['tls', 'wss'] as const)('over %s: both ends are checked, its rights are those of the certificate', async (scheme) => {
    const { ca, client, otherName, selfSigned } = certificates;
    const address = (await serve({ authentication: byName() }))[scheme];
    const known = await orders(address, { ca, ...client });
    expect([await known.service.hello(), await known.service.list()]).toEqual(['billing', 'billing']);
    // One of the authority that the provider does not know, one of nobody's, and none at all.
    for (const tls of [{ ca, ...otherName }, { ca, ...selfSigned }, { ca }]) {
      const stranger = await orders(address, tls);
      expect([await stranger.service.hello(), await code(stranger.service.list())]).toEqual(['somebody', 'unauthenticated']);
    }
    expect(await code(orders(address, { ...client }))).toBe('unauthenticated');
    expect(await code(orders(address, { ca, ...client, servername: 'other.example' }))).toBe('unauthenticated');
  });

  it('where nobody may be anonymous, who has no certificate does not get in', async () => {
    const { ca, client } = certificates;
    const { tls: address } = await serve({ authentication: byName(), anonymous: false });
    expect(await (await orders(address, { ca, ...client })).service.list()).toBe('billing');
    expect(await code(orders(address, { ca }))).toBe('unauthenticated');
  });

  it('over HTTP each request is made by the certificate of its connection', async () => {
    const { ca, client } = certificates;
    const { wss } = await serve({ authentication: byName() });
    const ask = (own: object) =>
      new Promise<[number, string]>((resolve, reject) => {
        const agent = new Agent({ ca, ...own, keepAlive: true });
        ends.push(() => agent.destroy());
        const headers = { 'content-type': 'application/json' };
        const call = request(
          `${wss.replace('wss', 'https')}/netron/orders/list`,
          { method: 'POST', agent, headers },
          (answer) => {
            let text = '';
            answer.setEncoding('utf8').on('data', (part: string) => {
              text += part;
            });
            answer.on('end', () => resolve([answer.statusCode ?? 0, text]));
          },
        );
        call.on('error', reject).end('[]');
      });
    expect(await ask(client)).toEqual([200, '"billing"']);
    expect((await ask({}))[0]).toBe(401);
  });

  it('a token goes before the certificate: a service asks for a user over its own connection', async () => {
    const { ca, client } = certificates;
    const tokens: AuthProvider = {
      authenticate: async (token) => (token === 'ada' ? { userId: 'ada' } : Promise.reject(new Error('unknown'))),
    };
    const { tls: address } = await serve({ authentication: { certificates: byName(), tokens } });
    const { service } = await orders(address, { ca, ...client }, 'ada');
    expect([await service.hello(), await code(service.list())]).toEqual(['ada', 'permission_denied']);
    expect(await code(orders(address, { ca, ...client }, 'guessed'))).toBe('unauthenticated');
  });

  it('revoking the fingerprint ends what is open, and refuses the next connection', async () => {
    const { ca, client } = certificates;
    const revocations = new Revocations();
    const { tls: address } = await serve({ authentication: byName(), revocations });
    const { service } = await orders(address, { ca, ...client });
    const stream = service.watch()[Symbol.asyncIterator]();
    expect((await stream.next()).value).toBe('first');
    const next = code(stream.next());
    revocations.revoke({ tokenId: fingerprint });
    // The node ends what the peer may not hear any more, and the rules end what its owner may not: whichever is told first.
    expect(await next).toBe('unauthenticated');
    expect(await code(service.list())).toBe('unauthenticated');
    expect(await code(orders(address, { ca, ...client }))).toBe('unauthenticated');
  });

  it('without a rule for users, names of the certificate say who it is: its URI, otherwise its DNS name', async () => {
    const { ca, client } = certificates;
    const { tls: address } = await serve({ authentication: new CertificateAuthProvider() });
    expect(await (await orders(address, { ca, ...client })).service.hello()).toBe('client');
    const facts = { commonName: 'x', fingerprint: 'f', issuedAt: 1, expiresAt: 2 };
    const provider = new CertificateAuthProvider();
    const of = (...names: string[]) => provider.identify({ id: '', address: '', certificate: { ...facts, names } });
    expect(await of('DNS:a', 'URI:spiffe://shop/billing')).toEqual({
      userId: 'spiffe://shop/billing',
      tokenId: 'f',
      issuedAt: 1,
      expiresAt: 2,
    });
    expect([await of(), await of('IP Address:10.0.0.1')]).toEqual([undefined, undefined]);
    await expect(provider.authenticate()).rejects.toMatchObject({ code: 'unauthenticated' });
  });
});

describe('SE-09, TR-17: security.encryption makes the connections of the transport tls', () => {
  it('both ends prove who they are, names included, and the caller is whom its certificate names', async () => {
    const { ca, server, client, otherName, selfSigned } = certificates;
    const encryption = new TlsEncryption(server.cert, server.key, ca);
    const app = createApp({
      signals: false,
      logger: { level: 'silent' },
      security: { encryption, authentication: byName() },
      config: { netron: { healthPort: false, transports: { tls: { port: 0, host: '127.0.0.1', maxConnections: 100 } } } },
    }).service(Orders);
    await app.start();
    ends.push(() => app.stop());
    const [address = ''] = app.netron!.addresses;
    const from = async ({ cert, key }: { cert: string; key: string }, to = address) => {
      const secure = new TlsTransport(new TlsEncryption(cert, key, ca));
      const node = await Netron.create({ logLevel: 'silent', additionalTransports: [secure], requestTimeout: 60_000 });
      ends.push(() => node.stop());
      return (await node.connect(to, { maxReconnectAttempts: 0 })).queryInterface<Orders>('orders');
    };
    // By IP address and by name: the certificate has both.
    expect(await (await from(client)).list()).toBe('billing');
    expect(await (await from(client, address.replace('127.0.0.1', 'localhost'))).list()).toBe('billing');
    expect(await code((await from(otherName)).list())).toBe('unauthenticated');
    expect(await code(from(selfSigned))).toMatch(/^(unavailable|unauthenticated)$/);
    expect(await code(from(client, address.replace('127.0.0.1', '127.0.0.2')))).toMatch(/^(unavailable|unauthenticated)$/);
  });

  it('a server whose certificate bears another name gets no connection', async () => {
    const { ca, client, otherName, expired } = certificates;
    for (const { cert, key } of [otherName, expired]) {
      const server = await new TlsTransport(new TlsEncryption(cert, key, ca)).listen(0);
      ends.push(() => server.close());
      const connecting = new TlsTransport(new TlsEncryption(client.cert, client.key, ca)).connect(server.address);
      expect(await code(connecting)).toBe('unauthenticated');
    }
  });
});
