/** Lines of the program: for people, or one line of JSON for programs. */

/** Receives texts of a run. */
export interface Output {
  /** Shows a line to people. */
  say(text: string): void;
  /** Shows the result: as JSON when that was asked for, else by `say`. */
  result(value: object, text: string): void;
  /** Shows why nothing was done. */
  fail(error: Error): void;
}

/** Makes the output of a run. */
export function outputOf(json: boolean, write = (line: string) => void process.stdout.write(`${line}\n`)): Output {
  const warn = (line: string) => void process.stderr.write(`${line}\n`);
  return {
    say: (text) => (json ? warn(text) : write(text)),
    result: (value, text) => write(json ? JSON.stringify(value) : text),
    fail: ({ message }) => (json ? write(JSON.stringify({ error: message })) : warn(message)),
  };
}
