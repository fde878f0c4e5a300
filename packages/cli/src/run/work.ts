import { outputOf } from '../plan/output.js';
import { loadProcess } from './application.js';
import { readProjectTopology } from './project-topology.js';

/**
 * Runs one process of a topology: loads the application and starts it. Ends the process with 1 when that fails.
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
    process.exit(1);
  }
}
