/** The samples and the programs around them compile, but for what is wrong in the samples themselves. */
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { beforeAll, expect, it } from 'vitest';
import { writePrograms } from './samples.js';

const run = promisify(execFile);
const folder = await writePrograms('types');
const library = '../../../packages/netron';
const program = (compiler: string): string => fileURLToPath(new URL(`../../../../node_modules/.bin/${compiler}`, import.meta.url));

/** As a user has it: against the declarations of the package, whose sources have had their check. */
beforeAll(async () => {
  await run(program('tsc'), ['-b', fileURLToPath(new URL(library, folder))]);
  const config = { extends: './tsconfig.json', references: [{ path: library }] };
  await writeFile(new URL('types.json', folder), JSON.stringify(config));
});

/** Lines of samples that no API could make compile under `strict`, with the compiler's code. */
const faults = [
  // The sample leaves out the body of a method that has a result.
  'calculator: async joinDocument(docId: string): Promise<DocumentState> { TS2355',
  'sensor: async streamMetrics(): Promise<ReadableStream> { TS2355',
  'service-design: async login(credentials: LoginCredentials): Promise<AuthToken> { TS2355',
  // The sample indexes objects of unknown type by any text.
  "factory: if (typeof implementation[prop] === 'function') { TS7053",
  'factory: this[prop] = implementation[prop].bind(implementation); TS7053',
  'factory: this[prop] = implementation[prop].bind(implementation); TS7053',
  "factory: if (typeof implementation[prop] === 'function') { TS7053",
  // The registry of prom-client answers with a promise.
  'metrics: return this.registry.metrics(); TS2322',
];

it.each(['tsc', 'tsc6'])('%s takes every sample', async (compiler) => {
  const output = await run(program(compiler), ['-p', 'types.json', '--pretty', 'false'], { cwd: fileURLToPath(folder) }).then(
    ({ stdout }) => stdout,
    ({ stdout }: { stdout: string }) => stdout,
  );
  const found: string[] = [];
  for (const [whole, name, line, code] of output.matchAll(/^(?:(\S+)\.ts\((\d+),\d+\): )?error (TS\d+): .*$/gm)) {
    const text = await readFile(new URL(`${name}.ts`, folder), 'utf8').catch(() => undefined);
    found.push(text === undefined ? whole : `${name}: ${text.split('\n')[Number(line) - 1]?.trim()} ${code}`);
  }
  expect(found.toSorted()).toEqual(faults.toSorted());
});
