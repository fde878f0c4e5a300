import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { readTopology, type Topology } from '@omnitron-dev/titan';
import { defineCommand } from 'citty';
import { outputOf } from '../plan/output.js';
import { ownFolder } from '../plan/own-folder.js';
import { Refusal } from '../plan/refusal.js';
import { appFile, loadApp } from '../run/application.js';
import { environmentOf, supervise, type Wanted } from '../run/supervisor.js';

/** Topology of a project, unless another file is named. */
const usual = 'titan.topology.yaml';

/** Starts an application: as one process, as one process of its topology, or as all of them. */
export const startCommand = defineCommand({
  meta: { name: 'start', description: 'Starts the application, a process of its topology, or all of them' },
  args: {
    process: { type: 'positional', required: false, description: 'Process of the topology. Default: one that runs all' },
    all: { type: 'boolean', description: 'Starts all processes of the topology, and again those that end' },
    app: { type: 'string', description: 'Compiled module of the application', valueHint: 'file' },
    topology: { type: 'string', description: `Default: ${usual}`, valueHint: 'file' },
    json: { type: 'boolean', description: 'Writes errors as JSON' },
    'dry-run': { type: 'boolean', description: 'Starts nothing, shows which processes would run' },
  },
  async run({ args }) {
    const folder = process.cwd();
    const output = outputOf(args.json === true);
    if (args.process !== undefined && args.all === true) throw new Refusal('expected the name of a process, or --all, not both');
    const split = args.process !== undefined || args.all === true;
    const topology = split ? await topologyOf(folder, args.topology) : undefined;
    const file = appFile(folder, args.app ?? topology?.app);
    const wanted = topology ? wantedOf(topology, args.process) : [];
    if (args['dry-run'] === true) {
      const names = topology ? wanted.map(({ name }) => name) : ['(one process)'];
      return output.result({ app: file, processes: names, dryRun: true }, names.join('\n'));
    }
    const [only, ...more] = wanted;
    if (only && (more.length > 0 || args.all === true)) {
      const exec = join(ownFolder, 'bin', 'worker.mjs');
      process.exitCode = await supervise(wanted, { exec, args: [file], say: output.say });
      return undefined;
    }
    if (only) {
      const { TITAN_PROCESS, TITAN_INDEX } = environmentOf(only);
      // A place that is set already stays: in a container each process is the first.
      Object.assign(process.env, { TITAN_PROCESS, TITAN_INDEX: process.env.TITAN_INDEX ?? TITAN_INDEX });
    }
    await (await loadApp(file)).start();
    return undefined;
  },
});

async function topologyOf(folder: string, given: string | undefined): Promise<Topology> {
  const file = resolve(folder, given ?? usual);
  if (!existsSync(file)) throw new Refusal(`there is no topology: ${file}`);
  return readTopology(file);
}

/** The processes to run, each as often as it has replicas. */
function wantedOf({ processes }: Topology, only: string | undefined): Wanted[] {
  const names = Object.keys(processes);
  if (only !== undefined && !names.includes(only))
    throw new Refusal(`topology has no process ${JSON.stringify(only.slice(0, 40))}; there are: ${names.join(', ')}`);
  const all = names.flatMap((name) => Array.from({ length: processes[name]?.replicas ?? 1 }, () => name));
  return all.map((name, index) => ({ name, index })).filter(({ name }) => only === undefined || name === only);
}
