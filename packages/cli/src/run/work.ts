import { TitanError } from '@omnitron-dev/titan';
import { outputOf } from '../plan/output.js';
import { Refusal } from '../plan/refusal.js';
import { loadProcess } from './application.js';
import { readProjectTopology } from './project-topology.js';
import { refusedCode } from './supervisor.js';

/**
 * Runs one process of a topology: loads the application and starts it. When that fails, ends the process: with 78 where another attempt would
 * fail the same way, else with 1.
 *
 * @param file module of the application
 * @param topology its file
 */
export async function work(file: string, topology: string): Promise<void> {
  try {
    const app = await loadProcess(file, await readProjectTopology(topology));
    await app.start();
  } catch (error) {
    outputOf(false).fail(error);
    process.exit(isRefusal(error) ? refusedCode : 1);
  }
}

/** Errors of programs and configurations that are wrong: nothing has been asked of the world outside yet. */
function isRefusal(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.length > 0 && error.errors.every(isRefusal);
  if (error instanceof Refusal || error instanceof SyntaxError) return true;
  if (TitanError.is(error)) return error.code === 'invalid_config' || error.code === 'invalid_use';
  const { name, code } = (error ?? {}) as { name?: unknown; code?: unknown };
  return name === 'NexusError' || code === 'ERR_MODULE_NOT_FOUND';
}
