import { isThenable } from '../util/is-thenable.js';
import { isError, thrownProperty } from '../util/thrown.js';
import type { Handler } from './call.js';

/** Number of stack frames that are captured: those of this package come first. */
const frames = 50;

/**
 * Adds the place of the call to the stack of the error of a failed call. For development: it captures a stack for each call.
 */
export function callSites(): (next: Handler) => Handler {
  return (next) => (call) => {
    const site = stackHere();
    const result = next(call);
    if (!isThenable(result)) return result;
    return result.then(undefined, (error: unknown) => {
      addSite(error, site);
      throw error;
    });
  };
}

function stackHere(): Error {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = frames;
  // The stack is formatted only when it is read.
  const here = new Error('called here');
  Error.stackTraceLimit = limit;
  return here;
}

function addSite(error: unknown, site: Error): void {
  const stack = thrownProperty(error, 'stack');
  if (!isError(error) || typeof stack !== 'string') return;
  const lines = (site.stack ?? '').split('\n').filter((line) => position.test(line));
  const foreign = lines.findIndex((line) => !line.includes(own));
  // In a bundle, all code is in one file.
  const callers = lines.slice(Math.max(foreign, 0)).join('\n');
  if (callers !== '' && !stack.endsWith(callers)) Reflect.set(error, 'stack', `${stack}\n${callers}`);
}

/** Line and column at the end of a frame. */
const position = /:\d+:\d+\)?$/;

/** Folder of this package's code, as it appears in stacks. */
const own =
  /[^\s(@]+(?=\/[^/]+\/[^/]+:\d+:\d+)/.exec(
    (new Error().stack ?? '').split('\n').find((line) => position.test(line)) ?? '',
  )?.[0] ?? '';
