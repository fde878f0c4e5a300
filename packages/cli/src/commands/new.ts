import { cancel, confirm, isCancel, multiselect, select, text } from '@clack/prompts';
import { defineCommand } from 'citty';
import { checkName } from '../plan/names.js';
import { outputOf } from '../plan/output.js';
import { Refusal } from '../plan/refusal.js';
import { type Dialect, dialects } from '../plan/templates.js';
import { type Deployment, deployments, makeProject } from '../project/project.js';

/** Creates a project; in a terminal, asks for everything that no flag sets. */
export const newCommand = defineCommand({
  meta: { name: 'new', description: 'Generates a project in a new folder' },
  args: {
    name: { type: 'positional', required: false, description: 'Project name and of its folder' },
    dialect: { type: 'string', description: `Decorators: ${dialects.join(', ')}. Default: standard`, valueHint: 'dialect' },
    redis: { type: 'boolean', description: 'Use Redis for discovery between nodes. Default: no' },
    deploy: {
      type: 'string',
      description: `Comma-separated list of ${deployments.join(', ')}, or "none". Default: docker`,
      valueHint: 'places',
    },
    force: { type: 'boolean', description: 'Replaces existing files' },
    yes: { type: 'boolean', alias: 'y', description: 'Asks no questions' },
    json: { type: 'boolean', description: 'Writes the result as JSON, and asks no questions' },
    'dry-run': { type: 'boolean', description: 'Lists the files without writing them' },
  },
  async run({ args }) {
    const ask = args.yes !== true && args.json !== true && process.stdin.isTTY === true && process.stdout.isTTY === true;
    const name = await nameOf(args.name, ask);
    const dialect = await dialectOf(args.dialect, ask);
    const redis =
      args.redis ?? (ask ? await answer(confirm({ message: 'Use Redis for discovery?', initialValue: false })) : false);
    const deploy = await deployOf(args.deploy, ask);
    const dryRun = args['dry-run'] === true;
    const project = makeProject(name, { dialect, redis, deploy, dryRun, force: args.force === true });
    const next = `cd ${name}\nnpm install\nnpm test\nnpm start`;
    const text = dryRun ? project.files.join('\n') : `${project.files.length} files in ${name}\n\n${next}`;
    outputOf(args.json === true).result({ ...project, dryRun }, text);
  },
});

async function nameOf(given: string | undefined, ask: boolean): Promise<string> {
  if (given !== undefined) return checkName(given, 'project');
  if (!ask) throw new Refusal('expected a project name: titan new NAME');
  const problem = (value: string | undefined) => {
    try {
      checkName(value ?? '', 'project');
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  };
  return answer(text({ message: 'Project name', placeholder: 'my-app', validate: problem }));
}

async function dialectOf(given: string | undefined, ask: boolean): Promise<Dialect> {
  if (given !== undefined) return oneOf(given, dialects, '--dialect');
  if (!ask) return 'standard';
  const options = [
    { value: 'standard', label: 'Standard decorators (ECMAScript)' },
    { value: 'legacy', label: 'Legacy decorators of TypeScript (experimentalDecorators)' },
    { value: 'none', label: 'No decorators' },
  ] satisfies { value: Dialect; label: string }[];
  return answer(select<Dialect>({ message: 'Service style', options }));
}

async function deployOf(given: string | undefined, ask: boolean): Promise<Deployment[]> {
  if (given === 'none') return [];
  if (given !== undefined) return [...new Set(given.split(',').map((place) => oneOf(place.trim(), deployments, '--deploy')))];
  if (!ask) return ['docker'];
  const options = deployments.map((value) => ({ value, label: value }));
  return answer(multiselect<Deployment>({ message: 'Deployment files', options, initialValues: ['docker'], required: false }));
}

function oneOf<const T extends string>(given: string, known: readonly T[], flag: string): T {
  if (!known.includes(given as T))
    throw new Refusal(`${flag} must be one of ${known.join(', ')}, not ${JSON.stringify(given.slice(0, 40))}`);
  return given as T;
}

async function answer<T>(asked: Promise<T>): Promise<Exclude<T, symbol>> {
  const given = await asked;
  if (!isCancel(given)) return given as Exclude<T, symbol>;
  cancel('Nothing was written');
  throw new Refusal('nothing was written');
}
