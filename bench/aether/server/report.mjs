import { startProcesses } from '../harness/processes.mjs';
import { interleaved, ratio } from '../harness/rounds.mjs';
import { buildPrograms, contenders } from './build.mjs';

const workloads = ['string', 'first byte of a stream', 'whole stream'];

/** The speed of rendering on a server as a multiple of that of others. */
export async function sections({ rounds }) {
  await buildPrograms();
  const { ask, end } = await startProcesses(new URL('process.mjs', import.meta.url), contenders);
  const others = contenders.filter((name) => name !== 'aether');
  try {
    const rows = [];
    for (const workload of workloads) {
      for (const name of contenders) await ask(name, { prepare: workload, ms: 100 });
      const figures = await interleaved(contenders, rounds, (name) => ask(name, {}));
      console.error(
        `${workload}: ${contenders.map((name) => `${name} ${(Math.min(...figures[name]) / 1e6).toFixed(2)} ms`).join(', ')}`,
      );
      rows.push({ title: workload, cells: others.map((name) => ratio(figures[name], figures.aether).toFixed(2)) });
    }
    return [
      {
        title: 'Server: 1,000 rows',
        text: 'Speed of Aether as a multiple of the speed of each framework: above 1, Aether is faster. Target: 1.0 × Solid.',
        columns: others,
        rows,
      },
    ];
  } finally {
    end();
  }
}
