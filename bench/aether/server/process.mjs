/** The process of one contender. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { answerRounds } from '../harness/processes.mjs';
import { folder } from './build.mjs';

const { whole, streamed } = await import(pathToFileURL(join(folder, `${process.argv[2]}.mjs`)).href);

function check(html) {
  const rows = html.match(/<tr[ >]/g)?.length;
  if (rows !== 1_000 || !/&lt;b(?:>|&gt;)row/.test(html)) throw new Error(`${rows} rows in ${html.slice(0, 500)}`);
}
check(await whole());

async function first() {
  const reader = streamed().getReader();
  await reader.read();
  await reader.cancel();
}

async function all() {
  let html = '';
  const decoder = new TextDecoder();
  for await (const chunk of streamed()) html += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
  if (html.length < 10_000) throw new Error('the stream is too short');
  return html;
}
check(await all());

const workloads = { string: async () => (await whole()).length, 'first byte of a stream': first, 'whole stream': all };

answerRounds((wanted) => workloads[wanted]);
