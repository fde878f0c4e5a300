import type { Netron } from '@omnitron-dev/netron';

/**
 * Reports the address of this process's node to its parent, and exits when the parent requests it or has exited. Every
 * connected node may ask, with the event `memory:used`, how many bytes the process uses.
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
