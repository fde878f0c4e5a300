/** The command behind `npm create titan@latest`. */
import { main } from '@omnitron-dev/cli';

/** Generates a project, as `titan new` does. Resolves to the exit code. */
export const create = (args: readonly string[]): Promise<number> => main(['new', ...args]);
