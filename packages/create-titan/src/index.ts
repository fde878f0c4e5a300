/** The program behind `npm create titan@latest`. */
import { main } from '@omnitron-dev/cli';

/** Makes a project: the same as `titan new`. Resolves to the exit code. */
export const create = (args: readonly string[]): Promise<number> => main(['new', ...args]);
