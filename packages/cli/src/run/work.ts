import { TitanError } from '@omnitron-dev/titan';
import { outputOf } from '../plan/output.js';
import { Refusal } from '../plan/refusal.js';
import { loadProcess } from './application.js';
import { readProjectTopology } from './project-topology.js';
import { refusedCode, startedMessage } from './supervisor.js';

/**
 * Runs one process of a topology: loads the application and starts it. When that fails, ends the process: with 78 where another attempt would
 * fail the same way, else with 1.
 *
 * @param file module of the application
 * @param topology its file
 */
export async function work(file: string, topology: string): Promise<void> {
  let app: Awaited<ReturnType<typeof loadProcess>>;
  try {
    app = await loadProcess(file, await readProjectTopology(topology));
  } catch (error) {
    return end(error, isWrong(error) || isUnreadable(error));
  }
  await app.start().catch((error: unknown) => end(error, isWrong(error)));
  process.send?.(startedMessage);
}

function end(error: unknown, refused: boolean): void {
  outputOf(false).fail(error);
  process.exit(refused ? refusedCode : 1);
}

/** Errors of configurations and of how parts are put together: another attempt ends the same way. */
function isWrong(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.length > 0 && error.errors.every(isWrong);
  if (TitanError.is(error)) return error.code === 'invalid_config' || error.code === 'invalid_use';
  return error instanceof Refusal || (error as { name?: unknown } | undefined)?.name === 'NexusError';
}

/** Errors of modules that cannot be loaded. At the start they come from what the world outside has answered. */
function isUnreadable(error: unknown): boolean {
  return error instanceof SyntaxError || (error as { code?: unknown } | undefined)?.code === 'ERR_MODULE_NOT_FOUND';
}
