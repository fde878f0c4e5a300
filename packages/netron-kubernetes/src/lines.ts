import type { IncomingMessage } from 'node:http';

/** Most characters of a line. */
const longestLine = 4 * 1024 * 1024;

/**
 * Splits an answer into lines, without empty ones: yields the lines that each piece completes. Looks at each character at most twice,
 * however small the pieces are. Throws for a line that is too long; an unterminated last line is dropped.
 */
export async function* linesOf(response: IncomingMessage): AsyncGenerator<readonly string[], void, undefined> {
  let begun: string[] = [];
  let length = 0;
  response.setEncoding('utf8');
  for await (const text of response as AsyncIterable<string>) {
    const end = text.lastIndexOf('\n');
    const whole = end === -1 ? [] : (begun.join('') + text.slice(0, end)).split('\n');
    if (end !== -1) {
      begun = [];
      length = 0;
    }
    const rest = text.slice(end + 1);
    begun.push(rest);
    length += rest.length;
    if (length > longestLine) throw new Error(`a Kubernetes event exceeds ${longestLine} characters`);
    yield whole.filter((line) => line.trim() !== '');
  }
}
