import type { Netron } from '@omnitron-dev/netron';

/**
 * Tells whoever started this process where its node can be reached, and ends the process when the starter wants it or
 * has ended. Every node that connects may ask, by the event `memory:used`, how many bytes the process uses.
 */
export function announce(netron: Netron): void {
  netron.on('peer:connected', async (peer) => {
    await peer.subscribe('memory:used', () => process.memoryUsage.rss());
  });
  const [address] = netron.addresses;
  if (process.send === undefined) console.log(address);
  else process.send(address);
  process.once('disconnect', () => void netron.stop().then(() => process.exit()));
}
