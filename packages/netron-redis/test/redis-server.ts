import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { eventually } from '../../netron/test/http/eventually.js';
import { type ServerProcess, startServer } from '../../netron/test/server-process.js';
import type { Certificates } from '../../netron/test/transport/certificates.js';

/** A Redis server of a test, which is empty whenever it starts. */
export interface RedisServer extends ServerProcess {
  readonly url: string;
}

/** Milliseconds for a command on a busy machine. */
export const patience = 60_000;

const ready = /Ready to accept connections/;
// Replicas get the data without files, which the next server would read.
const replication = ['--repl-diskless-sync', 'yes', '--repl-diskless-sync-delay', '0', '--repl-diskless-load', 'swapdb'];
const common = ['--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', ...replication];

/** Starts a server; `options` are those of its command line. */
export async function redisServer(...options: string[]): Promise<RedisServer> {
  const server = await startServer('redis-server', (port) => ['--port', `${port}`, ...common, ...options], ready);
  return { ...server, url: `redis://127.0.0.1:${server.port}` };
}

/** Starts a server that only speaks TLS, and requests certificates from its clients. */
export async function tlsServer({ ca, server: { cert, key } }: Certificates): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), 'redis-tls-'));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const files = ['--tls-ca-cert-file', file('ca', ca), '--tls-cert-file', file('cert', cert), '--tls-key-file', file('key', key)];
  const args = (port: number) => ['--port', '0', '--tls-port', `${port}`, ...common, ...files];
  const server = await startServer('redis-server', args, ready);
  return {
    ...server,
    url: `rediss://localhost:${server.port}`,
    async kill() {
      await server.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A cluster whose nodes share the slots; restarted nodes keep their slots and are empty. */
export interface RedisCluster {
  readonly servers: readonly RedisServer[];
  /** The server with the registry of the namespace `default`. */
  readonly holder: RedisServer;
  end(): Promise<void>;
}

/** Milliseconds after which a silent node counts as failed. */
const nodeTimeout = 500;
const slots = 16_384;

/** Starts a cluster of three. */
export async function redisCluster(): Promise<RedisCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'redis-cluster-'));
  const options = ['--cluster-enabled', 'yes', '--cluster-node-timeout', `${nodeTimeout}`, '--dir', folder];
  const start = async (): Promise<RedisServer> => {
    // By default, the port for cluster messages is 10,000 above the other one, which may be out of range.
    const own = (port: number) => ['--cluster-port', `${busOf(port)}`, '--cluster-config-file', `nodes-${port}.conf`];
    const args = (port: number) => ['--port', `${port}`, ...common, ...options, ...own(port)];
    const server = await startServer('redis-server', args, ready);
    return { ...server, url: `redis://127.0.0.1:${server.port}` };
  };
  const servers = await Promise.all([start(), start(), start()]);
  const clients = servers.map(({ url }) => new Redis(url, { maxRetriesPerRequest: 0 }));
  for (const client of clients) client.on('error', () => {});
  const [first] = clients as [Redis, ...Redis[]];
  const share = Math.ceil(slots / servers.length);
  await Promise.all(
    clients.map((client, at) => client.cluster('ADDSLOTSRANGE', at * share, Math.min(slots, (at + 1) * share) - 1)),
  );
  for (const { port } of servers.slice(1)) await first.call('CLUSTER', 'MEET', '127.0.0.1', `${port}`, `${busOf(port)}`);
  const agreed = async (): Promise<void> => {
    for (const client of clients) {
      const info = String(await client.cluster('INFO'));
      if (!/cluster_state:ok[\s\S]*cluster_slots_ok:16384/.test(info)) throw new Error(info);
    }
  };
  await eventually(agreed);
  const slot = await first.cluster('KEYSLOT', '{netron:default}:l');
  for (const client of clients) client.disconnect();
  return {
    servers,
    holder: servers[Math.floor(slot / share)] as RedisServer,
    async end() {
      await Promise.all(servers.map((server) => server.kill()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const busOf = (port: number): number => port - 10_000;
