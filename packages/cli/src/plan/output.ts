/** Output of the program: text for people, or one line of JSON for programs. */
import { TitanError } from '@omnitron-dev/titan';
import { Refusal } from './refusal.js';

/** Receives the output of a run. */
export interface Output {
  /** Prints a line for people. */
  say(text: string): void;
  /** Prints the result: as JSON when requested, otherwise by `say`. */
  result(value: object, text: string): void;
  /** Prints why the command failed: the message of a refusal or of a wrong configuration; for any other error also the stack. */
  fail(error: unknown): void;
}

/** Creates the output of a run. */
export function outputOf(json: boolean, write = (line: string) => void process.stdout.write(`${line}\n`)): Output {
  const warn = (line: string) => void process.stderr.write(`${line}\n`);
  return {
    say: (text) => (json ? warn(text) : write(text)),
    result: (value, text) => write(json ? JSON.stringify(value) : text),
    fail: (error) => {
      const { message, stack } = explained(error);
      if (json) write(JSON.stringify({ error: message, stack }));
      else warn(stack ?? message);
    },
  };
}

/**
 * Returns the message of a thrown value; for an error that is neither a refusal nor a wrong configuration, also its stack and those of its
 * causes.
 */
export function explained(error: unknown): { readonly message: string; readonly stack?: string } {
  return readable(() => explanationOf(error)) ?? { message: withoutText };
}

function explanationOf(error: unknown): { readonly message: string; readonly stack?: string } {
  if (!(error instanceof Error)) return { message: String(error) };
  const { message } = error;
  // citty reports a missing argument by an error of a class that it does not export.
  const expected =
    error instanceof Refusal || error.name === 'CLIError' || (TitanError.is(error) && error.code === 'invalid_config');
  return expected ? { message } : { message, stack: stackOf(error) };
}

const withoutText = 'an unprintable value was thrown';

/** Reads from a thrown value; returns `undefined` when that throws in turn. */
function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Most causes that are followed. */
const deepest = 8;

const stackOf = (error: unknown, depth = 0): string => readable(() => stackTextOf(error, depth)) ?? withoutText;

function stackTextOf(error: unknown, depth: number): string {
  if (!(error instanceof Error)) return String(error);
  const { message, stack = message, cause } = error;
  const more = error instanceof AggregateError ? error.errors : cause === undefined ? [] : [cause];
  if (depth === deepest) return stack;
  return [stack, ...more.map((each) => `caused by: ${stackOf(each, depth + 1)}`)].join('\n');
}
