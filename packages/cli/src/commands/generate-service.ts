import { defineCommand } from 'citty';
import { outputOf } from '../plan/output.js';
import { Refusal } from '../plan/refusal.js';
import { type Dialect, dialects } from '../plan/templates.js';
import { ServiceGenerator } from '../service/service-generator.js';

/** Generates a service in the project of the working directory. */
export const generateService = defineCommand({
  meta: { name: 'generate:service', description: 'Generates a contract, a service and a test in src/services' },
  args: {
    name: { type: 'positional', required: true, description: 'Service name' },
    dialect: {
      type: 'string',
      description: `One of ${dialects.join(', ')}. Default: the dialect of the project`,
      valueHint: 'dialect',
    },
    force: { type: 'boolean', description: 'Replaces existing files' },
    json: { type: 'boolean', description: 'Writes the result as JSON' },
    'dry-run': { type: 'boolean', description: 'Lists the files without writing them' },
  },
  async run({ args }) {
    const dialect = args.dialect as Dialect | undefined;
    if (dialect !== undefined && !dialects.includes(dialect))
      throw new Refusal(`--dialect must be one of ${dialects.join(', ')}`);
    const dryRun = args['dry-run'] === true;
    const options = { dryRun, force: args.force === true, ...(dialect && { dialect }) };
    const generated = await new ServiceGenerator().generate(args.name, options);
    const { files, add } = generated;
    const lines = dryRun ? [] : ['', 'Add to src/app.ts:', ...add.map((line) => `  ${line}`)];
    const text = [...files, ...lines].join('\n');
    outputOf(args.json === true).result({ ...generated, dryRun }, text);
  },
});
