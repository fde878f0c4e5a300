import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { thrownText } from '@omnitron-dev/netron';
import { TitanError } from '../errors/titan-error.js';
import type { Logger } from '../logger/logger.js';
import { healthPortAt } from '../util/process-index.js';
import type { HealthStatus } from './health.js';

/** Sources of the answers of the health port. */
export interface HealthFacts {
  /** Health of the application. */
  readonly health: () => Promise<HealthStatus>;
  /** Whether the application takes calls. */
  readonly ready: () => boolean;
}

/**
 * Serves `/health` (200 unless unhealthy) and `/ready` (200 once started, 503 before, while draining, and when unhealthy).
 * Both show only the status.
 *
 * @throws the system's error when the port is taken
 */
async function serveHealth(port: number, host: string, { health, ready }: HealthFacts): Promise<HealthServer> {
  const { createServer } = await import('node:http');
  const server = createServer({ requestTimeout: 5_000, headersTimeout: 5_000, maxHeaderSize: 8_192 }, (request, response) => {
    const reply = (code: number, body: object) => {
      response.writeHead(code, { 'content-type': 'application/json', 'cache-control': 'no-store' }).end(JSON.stringify(body));
    };
    const path = request.url?.split('?', 1)[0];
    if (request.method !== 'GET' && request.method !== 'HEAD') return reply(405, { error: 'GET only' });
    if (path !== '/health' && path !== '/ready') return reply(404, { error: 'not found' });
    health().then(
      ({ status }) =>
        reply(
          status === 'unhealthy' || (path === '/ready' && !ready()) ? 503 : 200,
          path === '/ready' ? { ready: ready(), status } : { status },
        ),
      () => reply(503, { status: 'unhealthy' }),
    );
  });
  server.maxConnections = 64;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    // Workers of a cluster would share a port, and answer for each other.
    server.listen({ port, host, exclusive: true }, resolve);
  });
  return new HealthServer(server);
}

/** Configuration of the health port. */
export interface HealthPort {
  /** Default 9090; `false` for none. */
  readonly port: number | false | undefined;
  /** Default 127.0.0.1. */
  readonly host: string | undefined;
  /** Position among the processes of a topology, added to the port. */
  readonly index: number;
}

/**
 * Opens the health port. If it is not configured and another program uses it, it stays closed, and the log reports that.
 *
 * @throws TitanError `start_failed` when it cannot be opened
 */
export async function openHealthPort(
  { port: wanted, host = '127.0.0.1', index }: HealthPort,
  facts: HealthFacts,
  logger: Logger,
): Promise<HealthServer | undefined> {
  if (wanted === false) return undefined;
  const port = healthPortAt(wanted ?? 9090, index);
  try {
    return await serveHealth(port, host, facts);
  } catch (error) {
    if (wanted !== undefined || (error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw notOpened(port, host, error);
    logger.warn({ port }, 'the port of /health and /ready is in use; set netron.healthPort');
    return undefined;
  }
}

function notOpened(port: number, host: string, cause: unknown): TitanError {
  const taken = (cause as NodeJS.ErrnoException).code === 'EADDRINUSE' ? 'is in use' : `cannot be opened: ${thrownText(cause)}`;
  const text = `port ${port} of ${host}, for /health and /ready, ${taken}; set netron.healthPort to another port, or to false`;
  return new TitanError('start_failed', text, { cause });
}

/** The health port, open. */
export class HealthServer {
  readonly #server: Server;

  constructor(server: Server) {
    this.#server = server;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo | null)?.port ?? 0;
  }

  /** Closes it, and its open connections. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }
}
