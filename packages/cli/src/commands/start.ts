import { join } from 'node:path';
import type { Topology } from '@omnitron-dev/titan';
import { defineCommand } from 'citty';
import { outputOf } from '../plan/output.js';
import { ownFolder } from '../plan/own-folder.js';
import { Refusal } from '../plan/refusal.js';
import { appFile, loadApp, loadProcess } from '../run/application.js';
import { topologyOf, usualTopology } from '../run/project-topology.js';
import { environmentOf, supervise, type Wanted } from '../run/supervisor.js';

/** Starts an application: as one process, as one process of its topology, or as all of them. */
export const startCommand = defineCommand({
  meta: { name: 'start', description: 'Starts the application, a process of its topology, or all of them' },
  args: {
    process: {
      type: 'positional',
      required: false,
      description: 'Process of the topology. Default: a single process that runs everything',
    },
    all: { type: 'boolean', description: 'Starts all processes of the topology and restarts those that exit' },
    app: { type: 'string', description: 'Compiled module of the application', valueHint: 'file' },
    topology: { type: 'string', description: `Topology file. Default: ${usualTopology}`, valueHint: 'file' },
    json: { type: 'boolean', description: 'Writes errors as JSON' },
    'dry-run': { type: 'boolean', description: 'Lists the processes without starting them' },
  },
  async run({ args }) {
    const folder = process.cwd();
    const output = outputOf(args.json === true);
    if (args.process !== undefined && args.all === true) throw new Refusal('expected either a process name or --all');
    const split = args.process !== undefined || args.all === true;
    const found = await topologyOf(folder, args.topology ?? (split ? usualTopology : undefined));
    const file = appFile(folder, args.app ?? found?.app);
    const wanted = split && found ? wantedOf(found.topology, args.process) : [];
    if (args['dry-run'] === true) {
      const names = split ? wanted.map(({ name }) => name) : ['(one process)'];
      return output.result({ app: file, processes: names, dryRun: true }, names.join('\n'));
    }
    const [only, ...more] = wanted;
    if (!only || !found) {
      await (await loadApp(file)).start();
      return undefined;
    }
    if (more.length > 0 || args.all === true) {
      const exec = join(ownFolder, 'bin', 'worker.mjs');
      // Connections to a process that was killed would keep this process and its ports alive.
      process.exit(await supervise(wanted, { exec, args: [file, found.file], say: output.say }));
    }
    const { TITAN_PROCESS, TITAN_INDEX } = environmentOf(only);
    // An index that is set already is kept: in a container, each process is the first.
    Object.assign(process.env, { TITAN_PROCESS, TITAN_INDEX: process.env.TITAN_INDEX ?? TITAN_INDEX });
    await (await loadProcess(file, found)).start();
    return undefined;
  },
});

/** Returns the processes to run, each as often as it has replicas. */
function wantedOf({ processes }: Topology, only: string | undefined): Wanted[] {
  const names = Object.keys(processes);
  if (only !== undefined && !names.includes(only))
    throw new Refusal(`unknown process ${JSON.stringify(only.slice(0, 40))}; the topology has ${names.join(', ')}`);
  const all = names.flatMap((name) => Array.from({ length: processes[name]?.replicas ?? 1 }, () => name));
  return all.map((name, index) => ({ name, index })).filter(({ name }) => only === undefined || name === only);
}
