import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { interleaved, median, ratio } from '../harness/rounds.mjs';

const names = ['aether', 'solid'];

/** The speed of compiling 300 components in a development server, each round in processes of their own. */
export async function sections({ rounds }) {
  const edits = Object.fromEntries(names.map((name) => [name, []]));
  const cold = await interleaved(names, Math.ceil(rounds / 2), (name) => {
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      [fileURLToPath(new URL('process.mjs', import.meta.url)), name],
      {
        encoding: 'utf8',
      },
    );
    if (status !== 0) throw new Error(stderr);
    const result = JSON.parse(stdout.trim().split('\n').at(-1));
    edits[name].push(result.edit);
    return result.cold;
  });
  const row = (title, figures) => ({
    title,
    cells: [...names.map((name) => `${median(figures[name]).toFixed(1)} ms`), ratio(figures.solid, figures.aether).toFixed(1)],
  });
  return [
    {
      title: 'Compilation',
      text: 'CPU time of a Vite development server for 300 components, and for one of them after an edit. The last column is the speed as a multiple of that of vite-plugin-solid. Target: 5.',
      columns: [...names, 'ratio'],
      rows: [row('300 components', cold), row('one edit', edits)],
    },
  ];
}
