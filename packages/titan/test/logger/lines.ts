import { LoggerModule, type LoggerOptions } from '../../src/index.js';

/** A logger whose lines are kept. */
export function record(options: LoggerOptions = {}) {
  const text: string[] = [];
  const logger = new LoggerModule({ ...options, destination: { write: (line) => text.push(line) } });
  return { logger, text, lines: () => text.map((line) => JSON.parse(line) as Record<string, unknown>) };
}
