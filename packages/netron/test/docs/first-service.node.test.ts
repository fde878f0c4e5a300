/** The first service of the README files: two processes, from the text as it stands there. */
import { expect, test } from 'vitest';
import { expectedOutput, extractSnippets, writeSnippets } from '../../../../tools/snippets.js';
import { freePort } from '../free-port.js';
import { start } from '../program.js';
import { compile, type Dialect, runToEnd } from './programs.js';

const programs: readonly (readonly [document: string, extension: string, dialect: Dialect])[] = [
  ['README.md', 'ts', 'standard'],
  ['README.md', 'ts', 'legacy'],
  ['README.md', 'mjs', 'standard'],
];

test.each(programs)('%s: server.%s answers the client in another process (%s dialect)', async (document, extension, dialect) => {
  const folder = await writeSnippets(extractSnippets(document), `processes-${extension}-${dialect}`);
  const port = { '8080': String(await freePort()) };
  const server = start(await compile(folder, `server.${extension}`, dialect, port));
  try {
    await server.says('listening');
    const lines = await runToEnd(await compile(folder, `client.${extension}`, dialect, port));
    expect(lines).toEqual(expectedOutput(folder.files.get(`client.${extension}`) ?? ''));
    expect(lines.length).toBeGreaterThan(0);
  } finally {
    await server.end('SIGTERM');
  }
});
