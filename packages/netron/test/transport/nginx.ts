import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endWithUs } from '../../../../tools/lib/end-with-us.mjs';
import { freePort } from '../free-port.js';
import type { Certificate } from './certificates.js';

/** A running nginx. */
export interface Nginx {
  port: number;
  close(): Promise<void>;
}

/** Starts nginx with `location` blocks that may name `upstreamPort` as `netron_backend`; with a certificate it speaks HTTP/2 over TLS. */
export async function startNginx(upstreamPort: number, locations: string, certificate?: Certificate): Promise<Nginx> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await start(upstreamPort, locations, certificate);
    } catch (error) {
      // Somebody else may have taken the free port meanwhile.
      if (attempt === 5 || !/Address already in use/.test(String(error))) throw error;
    }
  }
}

async function start(upstreamPort: number, locations: string, certificate?: Certificate): Promise<Nginx> {
  const directory = mkdtempSync(join(tmpdir(), 'netron-nginx-'));
  const port = await freePort();
  const config = join(directory, 'nginx.conf');
  const secured = certificate === undefined ? '' : secure(directory, certificate);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${directory}/${kind};`);
  writeFileSync(
    config,
    `daemon off;
${process.getuid?.() === 0 ? 'user root;' : ''}
worker_processes 1;
pid ${directory}/pid;
error_log stderr;
events { worker_connections 512; }
http {
  access_log off;
  ${temporary.join('\n  ')}
  upstream netron_backend { least_conn; server 127.0.0.1:${upstreamPort} max_fails=3 fail_timeout=30s; }
  server {
    listen 127.0.0.1:${port}${secured};
    server_name localhost;
    ${locations}
  }
}
`,
  );
  const child = spawn('nginx', ['-e', 'stderr', '-c', config], { stdio: ['ignore', 'ignore', 'pipe'] });
  endWithUs(child);
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk;
  });
  const ended = new Promise<never>((_, reject) => {
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`nginx ended with ${code}: ${said}`)));
  });
  ended.catch(() => {});
  await Promise.race([answering(port), ended]);
  return { port, close: () => stop(child, directory) };
}

/** Writes the files of a certificate, and returns what `listen` says beside the port. */
function secure(directory: string, { cert, key }: Certificate): string {
  writeFileSync(join(directory, 'cert.pem'), cert);
  writeFileSync(join(directory, 'key.pem'), key);
  return ` ssl http2;
    ssl_certificate ${directory}/cert.pem;
    ssl_certificate_key ${directory}/key.pem`;
}

function stop(child: ChildProcess, directory: string): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      rmSync(directory, { recursive: true, force: true });
      resolve();
    };
    if (child.exitCode !== null) done();
    child.once('exit', done);
    child.kill('SIGTERM');
  });
}

/** Waits until nginx itself answers on the port. */
async function answering(port: number): Promise<void> {
  for (;;) {
    const there = await new Promise<boolean>((resolve) => {
      let said = '';
      const socket = connect(port, '127.0.0.1', () => socket.write('GET /is-it-nginx HTTP/1.0\r\n\r\n'));
      socket.on('data', (chunk: Buffer) => {
        said += chunk;
      });
      socket.on('error', () => resolve(false));
      socket.on('close', () => resolve(/^server: nginx/im.test(said)));
    });
    if (there) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
