/** Credentials and names that certificates prove, in a registry into which anybody may write. */
import { connect as connectTls, createServer } from 'node:tls';
import { expect, it } from 'vitest';
import { MemoryRegistry, memoryDiscovery } from '../../src/discovery.js';
import { defineService, Netron, NetronError } from '../../src/index.js';
import { type Encryption, TlsTransport } from '../../src/transport/node/index.js';
import { eventually } from '../http/eventually.js';
import { type Certificate, makeCertificates } from '../transport/certificates.js';
import { failure, quiet } from './nodes.js';
import { VirtualClock } from './virtual-clock.js';

it('credentials go to nodes by a name that is trusted and proved, and to no others', async () => {
  const { ca, server, selfSigned } = makeCertificates();
  const registry = new MemoryRegistry();
  const discovery = (given: object = {}) => ({
    backend: Object.assign(memoryDiscovery(registry), { trusted: false }),
    interval: 200,
    ...given,
  });
  const nodes: Netron[] = [];
  const create = async (options: object): Promise<Netron> => {
    const node = await Netron.create({ logger: quiet, ...options });
    nodes.push(node);
    return node;
  };
  /** A node whose service is named after it, and what it was shown. */
  const start = async (id: string, certificate: Certificate) => {
    const shown: unknown[] = [];
    const node = await create({
      id,
      transports: { tls: { port: 0, host: '127.0.0.1', tls: certificate } },
      authenticate: (credentials: unknown) => {
        shown.push(credentials);
        if (credentials !== 'token') throw new NetronError('unauthenticated', 'no token');
        return { name: 'caller' };
      },
    });
    await node.peer.exposeService(defineService({ name: `${id}@1.0.0`, methods: { where: () => id } }));
    const port = /\d+$/.exec(node.addresses[0] ?? '')?.[0];
    return { shown, at: (host: string) => `tls://${host}:${port}` };
  };
  const [proved, byAddress, impostor] = [
    await start('proved', server),
    await start('by-address', server),
    await start('impostor', selfSigned),
  ];
  const records = { proved: proved.at('localhost'), 'by-address': byAddress.at('127.0.0.1'), impostor: impostor.at('localhost') };
  for (const [id, address] of Object.entries(records)) {
    const record = { id, instance: id, started: 0, status: 'up', addresses: [address], services: [`${id}@1.0.0`] };
    registry.nodes('default').set(id, { record: JSON.stringify(record), instance: id, end: Number.POSITIVE_INFINITY });
  }
  let distrusted = 0;
  const encryption: Encryption = {
    createSecureServer: async () => createServer(),
    createSecureClient: (socket, servername) =>
      new Promise((resolve, reject) => {
        const secure = connectTls({ socket, ca, ...(servername !== undefined && { servername }) }, () => resolve(secure));
        secure.once('error', (error) => {
          distrusted += 1;
          reject(error);
        });
      }),
  };
  // Time stands still while certificates are proved, and passes for calls that fail only at its end.
  const clock = new VirtualClock();
  const client = await create({
    clock,
    credentials: 'token',
    additionalTransports: [new TlsTransport(encryption)],
    discovery: discovery({ trust: ['localhost'] }),
  });
  const ask = (id: string): Promise<string> => client.service<{ where(): Promise<string> }>(id).where();
  expect(await ask('proved')).toBe('proved');
  expect(proved.shown).toEqual(['token']);
  const failed = Promise.all([failure(ask('impostor')), failure(ask('by-address'))]);
  await eventually(() => expect([distrusted > 0, byAddress.shown.length > 0]).toEqual([true, true]));
  const [unproved, untrusted] = await clock.settle(failed);
  expect(unproved).toMatchObject({ code: 'unavailable', message: expect.stringContaining('no trust in') });
  expect(untrusted).toMatchObject({ code: 'unavailable', message: expect.stringContaining('discovery.trust') });
  expect(impostor.shown).toEqual([]);
  expect(new Set(byAddress.shown)).toEqual(new Set([undefined]));
  await Promise.all(nodes.map((node) => node.stop({ timeout: 0 })));
});
