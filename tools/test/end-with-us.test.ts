import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, it } from 'vitest';

const place = new URL('../lib/end-with-us.mjs', import.meta.url).href;
/** Starts two processes that hold the output open: one that would run for ever, and one that ends. */
const program = `
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { endWithUs } from '${place}';
const ended = spawn('true');
endWithUs(ended);
await once(ended, 'exit');
const server = spawn('sleep', ['1000000'], { stdio: ['ignore', 'inherit', 'ignore'] });
endWithUs(server);
console.log('started');
setInterval(() => {}, 1_000);
`;

it('a server ends with the process that has started it, also by SIGKILL', async () => {
  const parent = spawn(process.execPath, ['--input-type=module', '-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said] = (await once(parent.stdout, 'data')) as [Buffer];
  expect(String(said)).toBe('started\n');
  parent.kill('SIGKILL');
  // The output ends with the last process that has it.
  await once(parent, 'close');
});
