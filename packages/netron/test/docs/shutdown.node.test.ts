/** DP-04: the program of the deployment guide, from its own text, told to end while a call is under way. */
import { expect, test } from 'vitest';
import { extractSnippets, writeSnippets } from '../../../../tools/snippets.js';
import { Netron } from '../../src/index.js';
import { freePort } from '../free-port.js';
import { start } from '../program.js';
import { compile, runToEnd } from './programs.js';

interface Jobs {
  work(ms: number): Promise<string>;
}

const folder = await writeSnippets(extractSnippets('docs/guide/deployment.md'), 'processes');

test.each(['SIGTERM', 'SIGINT'] as const)(
  'DP-04: %s finishes the call, runs the handlers and ends the process',
  async (signal) => {
    const port = await freePort();
    const service = start(await compile(folder, 'service.ts', 'standard', { '8080': String(port) }));
    await service.says('ready');
    await using client = await Netron.create({ maxReconnectAttempts: 0, logLevel: 'silent' });
    const peer = await client.connect(`ws://127.0.0.1:${port}`);
    const jobs = await peer.queryInterface<Jobs>('jobs');
    const work = jobs.work(300);
    await jobs.work(0);
    const ended = service.end(signal);
    expect(await work).toBe('done');
    expect(await ended).toEqual({ lines: ['ready', `${signal}: stopping`, 'the database is closed', 'stopped'], code: 0 });
  },
);

test('the health check passes with the service and fails without it', async () => {
  const port = { '8080': String(await freePort()) };
  const check = await compile(folder, 'health-check.ts', 'standard', port);
  await expect(runToEnd(check)).rejects.toThrow('ended with 1');
  const service = start(await compile(folder, 'service.ts', 'standard', port));
  await service.says('ready');
  expect(await runToEnd(check)).toEqual(['healthy']);
  await service.end('SIGTERM');
});
