/** Cost of types for the compilers, by their own count: how many types they had to instantiate. */
import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import ts from 'typescript';

const run = promisify(execFile);

/** Path of the native compiler. */
export const nativeCompiler = fileURLToPath(new URL('../node_modules/.bin/tsc', import.meta.url));

/** Declares as many methods, each with types of its own. */
export function declaredMethods(count: number, returns = (data: string) => `Promise<${data}>`): string {
  const method = (at: number): string => {
    const parameters = `id: string, options: { limit: number; tag${at}?: string }`;
    return `  method${at}(${parameters}): ${returns(`{ id: string; at: Date; value${at}: number }`)};`;
  };
  return Array.from({ length: count }, (_, at) => method(at)).join('\n');
}

/**
 * Compiles with the native compiler, and returns the count.
 *
 * @param config path of a configuration
 */
export async function nativeCost(config: string): Promise<number> {
  const { stdout } = await run(nativeCompiler, ['-p', config, '--extendedDiagnostics']);
  const count = /^Instantiations:\s+(\d+)/m.exec(stdout)?.[1];
  if (count === undefined) throw new Error(`the compiler tells no number of instantiations:\n${stdout}`);
  return Number(count);
}

/** Parsed sources, which programs share. */
const parsed = new Map<string, ts.SourceFile>();

/**
 * Makes the program of a configuration for the compiler written in TypeScript, which counts as far as it is asked for diagnostics.
 *
 * @param config path of a configuration
 */
export function scriptProgram(config: string): ts.Program {
  const read = ts.readConfigFile(config, ts.sys.readFile).config as object;
  const { options, fileNames: rootNames, projectReferences = [] } = ts.parseJsonConfigFileContent(read, ts.sys, dirname(config));
  const host = ts.createCompilerHost(options);
  const parse = host.getSourceFile.bind(host);
  host.getSourceFile = (file, target) => {
    const known = parsed.get(file) ?? parse(file, target);
    if (known !== undefined) parsed.set(file, known);
    return known;
  };
  return ts.createProgram({ rootNames, options, projectReferences, host });
}
