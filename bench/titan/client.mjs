/** Callers of `add`, by variant of the server. */

/** @typedef {{ add: (a: number, b: number) => Promise<number>, close: () => unknown }} Caller */

/**
 * Connects to a server.
 *
 * @param {string} variant
 * @param {string} address
 * @returns {Promise<Caller>}
 */
export async function caller(variant, address) {
  if (variant === 'nestjs') return nestjs(address);
  return variant === 'moleculer' ? moleculer(address) : netron(address);
}

/** @param {string} address */
async function netron(address) {
  const { Netron } = await import('@omnitron-dev/netron');
  const node = await Netron.create({ logLevel: 'silent', credentials: 'ada' });
  const peer = await node.connect(address);
  const calculator = /** @type {any} */ (await peer.queryInterface('calculator'));
  return { add: (/** @type {number} */ a, /** @type {number} */ b) => calculator.add({ a, b }), close: () => node.stop() };
}

/** @param {string} port */
async function nestjs(port) {
  await import('reflect-metadata');
  const { ClientProxyFactory, Transport } = await import('@nestjs/microservices');
  const { firstValueFrom } = await import('rxjs');
  const client = ClientProxyFactory.create({ transport: Transport.TCP, options: { host: '127.0.0.1', port: Number(port) } });
  await client.connect();
  return {
    add: (/** @type {number} */ a, /** @type {number} */ b) => firstValueFrom(client.send('add', { a, b })),
    close: () => client.close(),
  };
}

/** @param {string} port */
async function moleculer(port) {
  const { ServiceBroker } = await import('moleculer');
  const broker = new ServiceBroker({
    namespace: 'bench',
    nodeID: `client-${process.pid}`,
    logger: false,
    validator: false,
    transporter: { type: 'TCP', options: { udpDiscovery: false, urls: [`127.0.0.1:${port}/server`] } },
  });
  await broker.start();
  await broker.waitForServices('calculator', 10_000, 10);
  const meta = { user: { userId: 'ada', roles: ['adder'] } };
  return {
    add: (/** @type {number} */ a, /** @type {number} */ b) => broker.call('calculator.add', { a, b }, { meta }),
    close: () => broker.stop(),
  };
}
