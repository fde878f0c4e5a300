/** A process exits on its own when its nodes have stopped, whatever is at the address of NATS. */
import { describe, it } from 'vitest';
import { endingPrograms, silentServer } from '../../netron/test/ends-by-itself.js';

const endsByItself = endingPrograms('packages/netron-nats/src/index.ts');
const registry = (options: string) => `{ discovery: { backend: tested.natsDiscovery(${options}), required } }`;
const backplane = (options: string) => `{ events: { cluster: tested.natsBackplane(${options}), required }, remoteEvents: true }`;

describe.each([false, true])('where a node requires NATS: %s', (refused) => {
  it.each<[string, (address: string) => string]>([
    ['a registry', (address) => registry(`'nats://${address}'`)],
    ['a registry whose attempts have timed out', (address) => registry(`{ url: 'nats://${address}', timeout: 20 }`)],
    ['a registry that begins with TLS', (address) => registry(`{ url: 'nats://${address}', tls: { handshakeFirst: true } }`)],
    ['a backplane', (address) => backplane(`'nats://${address}'`)],
  ])('ends when %s accepts the connection and says nothing', async (_, options) => {
    const text = options(await silentServer()).replace('required', `required: ${refused}`);
    await endsByItself({ refused, options: text });
  });
});
