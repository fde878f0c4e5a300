/** Lines of the program: for people, or one line of JSON for programs. */
import { TitanError } from '@omnitron-dev/titan';
import { Refusal } from './refusal.js';

/** Receives texts of a run. */
export interface Output {
  /** Shows a line to people. */
  say(text: string): void;
  /** Shows the result: as JSON when that was asked for, else by `say`. */
  result(value: object, text: string): void;
  /** Shows why nothing was done: the sentence of a refusal or of a wrong configuration, of any other error the stack as well. */
  fail(error: unknown): void;
}

/** Makes the output of a run. */
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

/** Text of whatever was thrown; of an error its stack with those of its causes as well, where that tells more than the text. */
export function explained(error: unknown): { readonly message: string; readonly stack?: string } {
  return readable(() => explanationOf(error)) ?? { message: withoutText };
}

function explanationOf(error: unknown): { readonly message: string; readonly stack?: string } {
  if (!(error instanceof Error)) return { message: String(error) };
  const { message } = error;
  // citty tells a missing argument by an error of its own, which it does not export.
  const expected =
    error instanceof Refusal || error.name === 'CLIError' || (TitanError.is(error) && error.code === 'invalid_config');
  return expected ? { message } : { message, stack: stackOf(error) };
}

const withoutText = 'something that has no text was thrown';

/** Reads what was thrown; `undefined` when it throws in turn. */
function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Causes that are followed. */
const deepest = 8;

const stackOf = (error: unknown, depth = 0): string => readable(() => stackTextOf(error, depth)) ?? withoutText;

function stackTextOf(error: unknown, depth: number): string {
  if (!(error instanceof Error)) return String(error);
  const { message, stack = message, cause } = error;
  const more = error instanceof AggregateError ? error.errors : cause === undefined ? [] : [cause];
  if (depth === deepest) return stack;
  return [stack, ...more.map((each) => `caused by: ${stackOf(each, depth + 1)}`)].join('\n');
}
