import { lineLevels } from './logger.js';

const colors: Record<string, number> = { trace: 90, debug: 36, info: 32, warn: 33, error: 31, fatal: 35 };
const own = new Set(['level', 'time', 'pid', 'hostname', 'name', 'module', 'msg', 'err', 'error']);

/**
 * Makes a readable line of a line of JSON: `12:30:05.120 WARN  db: slow query (ms=812)`, and an error's stack below it.
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
  const list = facts.map(([key, value]) => `${key}=${typeof value === 'string' ? value : JSON.stringify(value)}`).join(' ');
  const failure = (line.err ?? line.error) as { stack?: string; message?: string } | string | undefined;
  const stack = typeof failure === 'object' ? (failure?.stack ?? failure?.message) : failure;
  const head = `${paint(90, time)} ${paint(colors[level] ?? 0, level.toUpperCase().padEnd(5))} ${module}${String(line.msg ?? '')}`;
  return `${head}${list ? ` ${paint(90, `(${list})`)}` : ''}${stack ? `\n${stack.replace(/^/gm, '  ')}` : ''}\n`;
}
