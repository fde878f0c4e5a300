/**
 * Makes programs of the samples: receives the text of a program in `programs/` and puts the samples it names into it, as
 * they are but for the package's name.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { extractSnippets } from '../../../../tools/snippets.js';
import { freePort } from '../free-port.js';

const here = new URL('./', import.meta.url);
const cache = new URL('../../../../.cache/seed/', import.meta.url);

/** The documents that samples come from. */
const documents = ['netron', 'guide', 'titan', 'integration'];

/** A line of a program that stands for a sample. */
const marker = /^[ ]*\/\/ sample: (\w+) \/ (.+)$/gm;

/** Every sample, by `document / heading`. */
export function readSamples(): Map<string, string> {
  const samples = new Map<string, string>();
  for (const document of documents) {
    const path = fileURLToPath(new URL(`${document}.md`, here));
    for (const { heading, code } of extractSnippets(path)) samples.set(`${document} / ${heading}`, code);
  }
  return samples;
}

/** The programs by name; those with a dot in it are parts of others. */
export function readPrograms(): Map<string, string> {
  const folder = new URL('programs/', here);
  const files = readdirSync(folder).filter((file) => file.endsWith('.ts.txt'));
  return new Map(files.sort().map((file) => [file.slice(0, -'.ts.txt'.length), readFileSync(new URL(file, folder), 'utf8')]));
}

/** Names of the samples that a program takes. */
export function samplesOf(program: string): string[] {
  return [...program.matchAll(marker)].map(([, document, heading]) => `${document} / ${heading}`);
}

/**
 * Writes every program with its samples into a folder below the repository, so that the package resolves as for a user.
 *
 * @param purpose the folder's name
 * @param freePorts each program gets a port of its own in the place of 8080
 * @returns the folder
 */
export async function writePrograms(purpose: string, { freePorts = false } = {}): Promise<URL> {
  const folder = new URL(`${purpose}/`, cache);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeStandIns(new URL('node_modules/', folder));
  await writeFile(new URL('package.json', folder), '{ "type": "module" }\n');
  await writeFile(new URL('tsconfig.json', folder), JSON.stringify(settings));
  const samples = readSamples();
  const ports = new Map<string, number>();
  for (const [name, program] of readPrograms()) {
    const group = name.split('.')[0] ?? name;
    const port = ports.get(group) ?? (freePorts ? await freePort() : 8080);
    ports.set(group, port);
    const whole = program.replace(marker, (_, document: string, heading: string) => {
      const sample = samples.get(`${document} / ${heading}`);
      if (sample === undefined) throw new Error(`program ${name} names a sample that is not there: ${document} / ${heading}`);
      return sample.replaceAll('@devgrid/netron', '@omnitron-dev/netron');
    });
    const text = whole
      .replaceAll('localhost:8080', `localhost:${port}`)
      .replaceAll('listenPort: 8080', `listenPort: ${port}`);
    await writeFile(new URL(`${name}.ts`, folder), text);
  }
  return folder;
}

/** Packages that samples import and that are not installed here. */
async function writeStandIns(folder: URL): Promise<void> {
  const from = new URL('stand-ins/', here);
  for (const name of readdirSync(from)) {
    await mkdir(new URL(name, folder), { recursive: true });
    for (const file of readdirSync(new URL(name, from))) {
      await writeFile(new URL(`${name}/${file.replace(/\.txt$/, '')}`, folder), readFileSync(new URL(`${name}/${file}`, from)));
    }
  }
}

/** `strict`, but for fields that the samples leave to be filled in later. */
const settings = {
  extends: '../../../tsconfig.base.json',
  compilerOptions: {
    composite: false,
    declaration: false,
    declarationMap: false,
    noEmit: true,
    exactOptionalPropertyTypes: false,
    noUncheckedIndexedAccess: false,
    strictPropertyInitialization: false,
    verbatimModuleSyntax: false,
    moduleDetection: 'force',
    lib: ['ES2023', 'ESNext.Disposable', 'ESNext.Decorators', 'DOM', 'DOM.Iterable', 'DOM.AsyncIterable'],
    types: ['node'],
    experimentalDecorators: true,
    emitDecoratorMetadata: true,
    useDefineForClassFields: false,
  },
  include: ['*.ts'],
};
