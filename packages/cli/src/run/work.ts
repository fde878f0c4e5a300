import { TitanError } from '@omnitron-dev/titan';
import { outputOf } from '../plan/output.js';
import { Refusal } from '../plan/refusal.js';
import { loadProcess } from './application.js';
import { readProjectTopology } from './project-topology.js';
import { refusedCode, startedMessage } from './supervisor.js';

/**
 * Runs one process of a topology: loads the application and starts it. On failure, exits with 78 when another attempt would fail in the
 * same way, otherwise with 1.
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

/** Whether an error is one of configuration or composition: another attempt fails in the same way. */
function isWrong(error: unknown): boolean {
  if (error instanceof AggregateError) return error.errors.length > 0 && error.errors.every(isWrong);
  if (TitanError.is(error)) return error.code === 'invalid_config' || error.code === 'invalid_use';
  return error instanceof Refusal || (error as { name?: unknown } | undefined)?.name === 'NexusError';
}

/** Whether an error is one of loading a module. While the application starts, such errors come from answers of other systems. */
function isUnreadable(error: unknown): boolean {
  return error instanceof SyntaxError || (error as { code?: unknown } | undefined)?.code === 'ERR_MODULE_NOT_FOUND';
}
