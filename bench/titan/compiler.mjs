/** What the check of a class against its contract costs the compiler, by its own count: instantiations of types per method, with zod. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const folder = join(here, 'node_modules', '.contract-cost');

/** Numbers of methods that are compiled. */
const sizes = [30, 300, 600];

/**
 * Compiles classes with contracts of 30, 300 and 600 methods.
 *
 * @returns {{ perMethod: number, first: number, second: number }} instantiations of one more method: over all, up to 300, from 300 to 600
 */
export function measureCompiler() {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const [small = 0, middle = 0, large = 0] = sizes.map(instantiations);
  return { perMethod: (large - small) / 570, first: (middle - small) / 270, second: (large - middle) / 300 };
}

/** @param {number} methods */
function instantiations(methods) {
  writeFileSync(join(folder, `${methods}.ts`), program(methods));
  const compilerOptions = { target: 'es2024', module: 'nodenext', strict: true, noEmit: true, skipLibCheck: true, types: [] };
  const config = { compilerOptions, files: [`${methods}.ts`] };
  const file = join(folder, `${methods}.json`);
  writeFileSync(file, JSON.stringify(config));
  const compiler = join(here, '..', '..', 'node_modules', '.bin', 'tsc');
  const shell = process.platform === 'win32';
  const output = execFileSync(compiler, ['-p', file, '--extendedDiagnostics'], { encoding: 'utf8', shell });
  return Number(/^Instantiations:\s+(\d+)/m.exec(output)?.[1]);
}

/** @param {number} methods */
function program(methods) {
  const all = Array.from({ length: methods }, (_, at) => at);
  const contract = all.map(
    (at) => `    method${at}: {
      input: z.object({ id: z.string(), count: z.number(), tag${at}: z.string().optional() }),
      output: z.object({ id: z.string(), at: z.date(), value${at}: z.number() }),
    },`,
  );
  const members = all.map(
    (at) => `  method${at}({ id, count }: { id: string; count: number; tag${at}?: string | undefined }) {
    return { id, at: new Date(), value${at}: count };
  }`,
  );
  return `import { defineContract, TitanService } from '@omnitron-dev/titan';
import { z } from 'zod';

const api = defineContract({
  name: 'api',
  contract: {
${contract.join('\n')}
  },
});

class Api {
${members.join('\n')}
}
TitanService(api)(Api);
`;
}
