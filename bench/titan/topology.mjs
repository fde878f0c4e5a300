/** Runs the application of this folder under a topology. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Netron } from '@omnitron-dev/netron';
import { freePort } from '../harness/free-port.mjs';

const here = dirname(fileURLToPath(import.meta.url));

/**
 * Starts all processes of a topology with `titan start --all`.
 *
 * @param {object} topology
 * @param {number} processes how many there will be
 */
export async function started(topology, processes) {
  const folder = mkdtempSync(join(tmpdir(), 'bench-titan-'));
  const file = join(folder, 'titan.topology.yaml');
  writeFileSync(file, JSON.stringify(topology));
  const port = await freePort();
  const program = join(here, 'node_modules', '@omnitron-dev', 'cli', 'bin', 'titan.mjs');
  const child = spawn(process.execPath, [program, 'start', '--all', '--topology', file, '--app', join(here, 'shop.mjs')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_ENV: 'production', BENCH_TOPOLOGY: file, BENCH_PORT: String(port) },
  });
  let ready = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === 'ready') ready += 1;
    if (ready === processes) break;
  }
  if (ready < processes) throw new Error('the application has not started');
  child.stdout.resume();
  /** @type {Netron[]} */
  const nodes = [];
  return {
    /** A client of the gateway over a connection of its own. */
    async gateway() {
      const node = await Netron.create({ logLevel: 'silent', credentials: 'ada' });
      nodes.push(node);
      return /** @type {any} */ (await (await node.connect(`tcp://127.0.0.1:${port}`)).queryInterface('gateway'));
    },
    async stop() {
      for (const node of nodes) await node.stop();
      child.kill('SIGTERM');
      if (child.exitCode === null) await once(child, 'exit');
      rmSync(folder, { recursive: true });
    },
  };
}
