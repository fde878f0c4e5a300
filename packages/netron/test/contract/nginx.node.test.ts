import { afterAll, expect, it } from 'vitest';
import { WebSocketTransport } from '../../src/transport/node/websocket.js';
import type { Server } from '../../src/transport/transport.js';
import { type Nginx, startNginx } from '../transport/nginx.js';
import { testTransport } from './transport.js';

/** As in the guide: TR-19. */
const location = (host: string) => `location /ws {
      proxy_pass http://netron_backend;
      proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection "upgrade";
      proxy_set_header Host ${host};
      proxy_set_header X-Real-IP $remote_addr;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_read_timeout 86400s;
      proxy_send_timeout 86400s;
    }`;

const transport = new WebSocketTransport();
const running = new Map<string, Nginx>();
const portOf = (server: Server) => Number(new URL(server.address).port);

/** One nginx per server: `cleanup` ends it. */
async function nginxBefore(server: Server): Promise<Nginx> {
  const nginx = running.get(server.address) ?? (await startNginx(portOf(server), location('$http_host')));
  running.set(server.address, nginx);
  return nginx;
}

const cleanup = async () => {
  const all = [...running.values()];
  running.clear();
  await Promise.all(all.map((nginx) => nginx.close()));
};

testTransport('websocket behind nginx', {
  listen: (options) => transport.listen(0, { ...options, path: '/ws' }),
  async connect(server, options) {
    const nginx = await nginxBefore(server);
    return transport.connect(`ws://127.0.0.1:${nginx.port}/ws`, options);
  },
  buffered: 64 * 1024 * 1024,
  cleanup,
});

afterAll(cleanup);

it('E1: a page of the same site is accepted behind nginx, a page of another site is not', async () => {
  const server = await transport.listen(0, { path: '/ws' });
  const nginx = await nginxBefore(server);
  const connect = (origin: string) => transport.connect(`ws://127.0.0.1:${nginx.port}/ws`, { headers: { Origin: origin } });
  (await connect(`http://127.0.0.1:${nginx.port}`)).terminate();
  await expect(connect('http://evil.example')).rejects.toMatchObject({ code: 'permission_denied' });
  await server.close();
});
