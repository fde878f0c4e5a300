import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { localDiscovery } from '../../src/discovery/node/local.js';
import { testDiscovery } from './discovery.js';
import { freshPath } from './temporary.js';

const folder = freshPath();
mkdirSync(folder, { mode: 0o700 });
const sockets: ReturnType<typeof createServer>[] = [];
afterAll(() => {
  for (const socket of sockets) socket.close();
});

testDiscovery('local', {
  backend: () => localDiscovery({ folder }),
  listens: true,
  async plant(namespace, _id, record) {
    const name = join(folder, namespace, randomBytes(8).toString('hex'));
    const socket = createServer((connection) => connection.destroy());
    sockets.push(socket);
    await new Promise<void>((resolve) => socket.listen(`${name}.sock`, resolve));
    writeFileSync(`${name}.json`, record);
  },
});
