import { reportText } from '@omnitron-dev/titan';
import { defineCommand } from 'citty';
import { outputOf } from '../plan/output.js';
import { appFile, explained, loadApp, loadProcess } from '../run/application.js';
import { topologyOf, usualTopology } from '../run/project-topology.js';

/** Explains the topology of an application. */
export const topologyCommand = defineCommand({
  meta: { name: 'topology', description: 'Shows the services of each process and the calls that cross processes' },
  args: {
    explain: { type: 'boolean', description: 'Has no effect: the command always explains', default: true },
    app: { type: 'string', description: 'Compiled module of the application', valueHint: 'file' },
    topology: { type: 'string', description: `Topology file. Default: ${usualTopology}`, valueHint: 'file' },
    json: { type: 'boolean', description: 'Writes the report as JSON' },
  },
  async run({ args }) {
    const found = await topologyOf(process.cwd(), args.topology);
    const file = appFile(process.cwd(), args.app ?? found?.app);
    const app = await (found ? loadProcess(file, found) : loadApp(file));
    const report = await explained(app);
    outputOf(args.json === true).result(report, reportText(report));
  },
});
