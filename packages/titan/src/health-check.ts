/**
 * A program for `HEALTHCHECK` and probes that run commands: asks `/health` on this machine and ends with 0 when the answer is good, else with 1.
 * `HEALTH_PORT` and `HEALTH_HOST` say where; default 9090 on 127.0.0.1. It can be loaded by `require`, too: it has no top-level await.
 */
import { get } from 'node:http';

const { HEALTH_PORT = '9090', HEALTH_HOST = '127.0.0.1' } = process.env;
const request = get({ host: HEALTH_HOST, port: Number(HEALTH_PORT), path: '/health', timeout: 3_000 }, (response) => {
  process.exit(response.statusCode === 200 ? 0 : 1);
});
request.on('timeout', () => process.exit(1));
request.on('error', () => process.exit(1));
