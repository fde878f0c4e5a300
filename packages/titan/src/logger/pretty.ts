import { lineLevels } from './logger.js';

const colors: Record<string, number> = { trace: 90, debug: 36, info: 32, warn: 33, error: 31, fatal: 35 };
const own = new Set(['level', 'time', 'pid', 'hostname', 'name', 'module', 'msg', 'err', 'error']);

/**
 * Turns a line of JSON into a readable line: `12:30:05.120 WARN db: slow query (ms=812)`, with an error's stack below it.
 *
 * @param color whether the terminal shows colors
 */
export function prettyLine(json: string, color: boolean): string {
  let line: Record<string, unknown>;
  try {
    line = JSON.parse(json);
  } catch {
    return json;
  }
  const paint = (code: number, text: string) => (color ? `\u001b[${code}m${text}\u001b[0m` : text);
  const level = lineLevels[Number(line.level) / 10 - 1] ?? String(line.level);
  const time = `${new Date(Number(line.time)).toTimeString().slice(0, 8)}.${String(Number(line.time) % 1000).padStart(3, '0')}`;
  const module = typeof line.module === 'string' ? `${line.module}: ` : '';
  const facts = Object.entries(line).filter(([key]) => !own.has(key));
  const list = facts
    .map(([key, value]) => plain(`${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`))
    .join(' ');
  const head = `${paint(90, time)} ${paint(colors[level] ?? 0, plain(level.toUpperCase()).padEnd(5))} ${plain(module)}${plain(String(line.msg ?? ''))}`;
  const stack = stackOf(line.err ?? line.error).replace(/[^\n]+/g, (each) => `  ${plain(each)}`);
  return `${head}${list ? ` ${paint(90, `(${list})`)}` : ''}${stack ? `\n${stack}` : ''}\n`;
}

/** Returns the text of an error in a line, which may be any value with that name. */
function stackOf(failure: unknown): string {
  if (failure === undefined) return '';
  const { stack, message } = Object(failure) as { stack?: unknown; message?: unknown };
  const text = stack ?? message ?? failure;
  return typeof text === 'string' ? text : JSON.stringify(text);
}

/** Escapes a text: nothing in it starts another line, moves the cursor of a terminal, or changes the direction of adjacent text. */
const plain = (text: string): string =>
  text.replace(control, (char) => (char === '\n' ? '\\n' : `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`));
// biome-ignore lint/suspicious/noControlCharactersInRegex: terminals obey them
const control = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
