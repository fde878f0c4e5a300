/** Callers of `add`, by variant of the server. */

/**
 * Connects to a server.
 *
 * @param {string} variant
 * @param {string} address
 * @returns {Promise<{ add: (a: number, b: number) => Promise<number>, close: () => unknown }>}
 */
export async function caller(variant, address) {
  return variant === 'nestjs' ? nestjs(address) : netron(address);
}

/** @param {string} address */
async function netron(address) {
  const { Netron } = await import('@omnitron-dev/netron');
  const node = await Netron.create({ logLevel: 'silent', credentials: 'ada' });
  const peer = await node.connect(address);
  const calculator = /** @type {any} */ (await peer.queryInterface('calculator'));
  return { add: (a, b) => calculator.add({ a, b }), close: () => node.stop() };
}

/** @param {string} port */
async function nestjs(port) {
  await import('reflect-metadata');
  const { ClientProxyFactory, Transport } = await import('@nestjs/microservices');
  const { firstValueFrom } = await import('rxjs');
  const client = ClientProxyFactory.create({ transport: Transport.TCP, options: { host: '127.0.0.1', port: Number(port) } });
  await client.connect();
  return { add: (a, b) => firstValueFrom(client.send('add', { a, b })), close: () => client.close() };
}
