import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { beforeAll, describe, expect, it } from 'vitest';
import { start } from '../../../netron/test/program.js';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const folder = `${root}.cache/titan`;

beforeAll(async () => {
  await build({
    entryPoints: {
      signals: fileURLToPath(new URL('programs/signals.ts', import.meta.url)),
      'health-check': `${root}packages/titan/src/health-check.ts`,
    },
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'es2022',
    conditions: ['@omnitron-dev/source'],
    external: ['pino', 'yaml', 'smol-toml', 'ws', 'semver'],
    outdir: folder,
    outExtension: { '.js': '.mjs' },
    logLevel: 'silent',
  });
});

/** Starts a program of the folder. */
const run = (program: string, args: readonly string[], env: Record<string, string> = {}) =>
  start(`${folder}/${program}.mjs`, args, { env });

describe('DP-04, G88: signals and exit codes', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)('%s stops all applications of the process, and it ends with 0', async (signal) => {
    const { child, lines, ended, says } = run('signals', ['plain']);
    await says('ready');
    child.kill(signal);
    expect(await ended).toBe(0);
    expect(lines.toSorted()).toEqual(['ready', 'second stopped', 'stopped', 'stopping']);
  });
  it('a second signal ends the process at once', async () => {
    const { child, lines, ended, says } = run('signals', ['stop hangs']);
    await says('ready');
    child.kill('SIGTERM');
    await says('stopping');
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    expect(lines).not.toContain('stopped');
  });
  it('a stop that fails ends with 1', async () => {
    const { child, ended, says } = run('signals', ['stop fails']);
    await says('ready');
    child.kill('SIGTERM');
    expect(await ended).toBe(1);
  });
  it('a start that fails ends with 1, although something is open', async () => {
    const { lines, ended } = run('signals', ['start fails']);
    expect(await ended).toBe(1);
    expect(lines).not.toContain('ready');
  });
  it('a signal during the start stops what has started, and the process ends with 0', async () => {
    const { child, lines, ended, says, complaints } = run('signals', ['stopped while starting']);
    await says('starting');
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
    expect(complaints).toEqual([]);
    expect(lines).toContain('stopped');
    expect(lines).not.toContain('ready');
  });
});

describe('DP-07: the health-check program', () => {
  it('ends with 0 when /health is good, with 1 when it is not, or when nobody is there', async () => {
    let status = 200;
    const server = createServer((_, response) => response.writeHead(status).end());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const env = { HEALTH_PORT: String(port) };
    expect(await run('health-check', [], env).ended).toBe(0);
    // The third process of a topology listens two ports higher.
    expect(await run('health-check', [], { HEALTH_PORT: String(port - 2), TITAN_INDEX: '2' }).ended).toBe(0);
    status = 503;
    expect(await run('health-check', [], env).ended).toBe(1);
    await new Promise((resolve) => server.close(resolve));
    expect(await run('health-check', [], env).ended).toBe(1);
  });
});
