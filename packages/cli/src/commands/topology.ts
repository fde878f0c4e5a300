import { reportText } from '@omnitron-dev/titan';
import { defineCommand } from 'citty';
import { outputOf } from '../plan/output.js';
import { appFile, loadApp } from '../run/application.js';

/** Explains the topology of an application. */
export const topologyCommand = defineCommand({
  meta: { name: 'topology', description: 'Shows which services are in which process, and which calls leave theirs' },
  args: {
    explain: { type: 'boolean', description: 'The same as without it', default: true },
    app: { type: 'string', description: 'Compiled module of the application', valueHint: 'file' },
    json: { type: 'boolean', description: 'Writes the report as JSON' },
  },
  async run({ args }) {
    const app = await loadApp(appFile(process.cwd(), args.app));
    const report = await app.explainTopology();
    outputOf(args.json === true).result(report, reportText(report));
  },
});
