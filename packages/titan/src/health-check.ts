/**
 * A program for `HEALTHCHECK` and for probes that run commands: requests `/health` on this machine and exits with 0 if the
 * answer is good, otherwise with 1. `HEALTH_PORT` and `HEALTH_HOST` set the address; default 9090 on 127.0.0.1.
 * `TITAN_INDEX` is added to the port, as the application does. `require` can load it, too: it has no top-level await.
 */
import { get } from 'node:http';
import { healthPortAt, processIndex } from './util/process-index.js';

const { HEALTH_PORT = '9090', HEALTH_HOST = '127.0.0.1', TITAN_INDEX } = process.env;
const port = healthPortAt(Number(HEALTH_PORT), processIndex(TITAN_INDEX));
const request = get({ host: HEALTH_HOST, port, path: '/health', timeout: 3_000 }, (response) => {
  process.exit(response.statusCode === 200 ? 0 : 1);
});
request.on('timeout', () => process.exit(1));
request.on('error', () => process.exit(1));
