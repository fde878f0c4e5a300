/** Starts the process of `nodes.mjs`: three nodes that serve the same. */
import { fork } from 'node:child_process';
import { once } from 'node:events';

/** @typedef {{ id: string, address: string }} StartedNode */

/** @returns {Promise<{ nodes: [StartedNode, StartedNode, StartedNode], stop: () => void }>} */
export async function startNodes() {
  const child = fork(new URL('nodes.mjs', import.meta.url));
  const [nodes] = await once(child, 'message');
  return { nodes, stop: () => child.disconnect() };
}
