import { outputOf } from '../plan/output.js';
import { loadApp } from './application.js';

/** Runs one process of a topology: loads the application and starts it. Ends the process with 1 when that fails. */
export async function work(file: string): Promise<void> {
  try {
    await (await loadApp(file)).start();
  } catch (error) {
    outputOf(false).fail(error);
    process.exit(1);
  }
}
