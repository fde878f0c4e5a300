import { isThenable } from '../util/is-thenable.js';
import { isError, thrownProperty } from '../util/thrown.js';
import type { Handler } from './call.js';

/** Frames that are looked at: those of this package come first. */
const frames = 50;

/**
 * Adds to the stack of a call that fails the place where it was made. For development: it takes a stack for each call.
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
  // It is written out when somebody reads it.
  const here = new Error('called here');
  Error.stackTraceLimit = limit;
  return here;
}

function addSite(error: unknown, site: Error): void {
  const stack = thrownProperty(error, 'stack');
  if (!isError(error) || typeof stack !== 'string') return;
  const lines = (site.stack ?? '').split('\n').filter((line) => position.test(line));
  const foreign = lines.findIndex((line) => !line.includes(own));
  // In a bundled page all code is in one file.
  const callers = lines.slice(Math.max(foreign, 0)).join('\n');
  if (callers !== '' && !stack.endsWith(callers)) Reflect.set(error, 'stack', `${stack}\n${callers}`);
}

/** Line and column at the end of a frame. */
const position = /:\d+:\d+\)?$/;

/** Folder that holds this package's code, as stacks name it. */
const own =
  /[^\s(@]+(?=\/[^/]+\/[^/]+:\d+:\d+)/.exec(
    (new Error().stack ?? '').split('\n').find((line) => position.test(line)) ?? '',
  )?.[0] ?? '';
