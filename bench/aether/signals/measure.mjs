import { startProcesses } from '../harness/processes.mjs';
import { interleaved } from '../harness/rounds.mjs';
import { workloads } from './workloads.mjs';

export const libraries = ['aether', 'alien-signals', 'preact', 'solid'];

/** Milliseconds that a library runs a workload in a round. */
const ms = 40;

/** Times every workload with every library. */
export async function measureSignals({ rounds, rows }) {
  const { ask, end } = await startProcesses(new URL('process.mjs', import.meta.url), libraries);
  try {
    const results = [];
    for (const { id, group } of workloads.filter(({ id }) => id.includes(rows))) {
      for (const library of libraries) await ask(library, { prepare: id, ms });
      const figures = await interleaved(libraries, rounds, (library) => ask(library, {}));
      results.push({ id, group, figures });
      console.error(
        `${id}: ${libraries.map((library) => `${library} ${Math.round(Math.min(...figures[library]))} ns`).join(', ')}`,
      );
    }
    return results;
  } finally {
    end();
  }
}
