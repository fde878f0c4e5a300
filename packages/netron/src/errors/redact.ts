import { cutMessage } from './error-texts.js';

/**
 * Replaces parts that reveal details of the machine by `<path>`: absolute paths (POSIX, Windows, UNC), file URLs, anything within
 * `node_modules`; removes the lines of a stack trace and addresses that contain a password. Cuts to 8,192 characters. Takes
 * time in proportion to the length of the text.
 */
export function redact(text: string): string {
  const cut = cutMessage(text);
  if (!/[/\\]/.test(cut)) return cut;
  return cut.replace(stackLine, '').replace(quotedPath, '$1<path>$1').replace(word, redactWord);
}

const stackLine = /\n[ \t]{1,16}at [^\n]*/g;

/** In quotes, a path may contain spaces. */
const quotedPath = /(['"`])(?:\/(?!\/)|[A-Za-z]:[\\/]|\\\\|file:)[^'"`\n]*\1/g;

const word = /[^\s'"`<>|]+/g;

/** Characters that may precede a path in the same word, as in `(/etc/hosts)` or `file=C:\\temp`. */
const opening = /[([{=,:;@]/;

function redactWord(text: string): string {
  if (!text.includes('/') && !text.includes('\\')) return text;
  if (text.includes('node_modules') || text.includes('file:/')) return '<path>';
  const scheme = text.indexOf('://');
  if (scheme > 1) return text.indexOf('@', scheme) === -1 ? text : '<address>';
  const start = pathStart(text);
  return start === -1 ? text : `${text.slice(0, start)}<path>`;
}

/** Returns the position of an absolute path in a word without spaces, or -1. */
function pathStart(text: string): number {
  for (let i = 0; i < text.length - 1; i += 1) {
    if (i > 0 && !opening.test(text[i - 1]!)) continue;
    const rest = text.slice(i, i + 3);
    if (/^\/[^/\s]/.test(rest) || /^~\//.test(rest) || /^\\\\/.test(rest) || /^[A-Za-z]:[\\/]/.test(rest)) return i;
  }
  return -1;
}
