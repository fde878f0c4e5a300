/** Replacement for a secret. */
export const hidden = '***';

const name =
  /pass(?:words?|wd|phrase|code)?$|(?:^|[a-z_-])pwd$|^pin$|bearer$|secret|tokens?$|credential|private|(?:^|[a-z_-])(?:api|access|signing|encryption)?_?-?keys?$|authorization$|^(?:set-)?cookies?$|dsn$/i;

/** Returns whether a name belongs to a secret. */
export const isSecretName = (key: string): boolean => name.test(key);

/** Passwords in addresses, and single values before the host of a web address, which are tokens. */
const inAddress = /(:\/\/[^:/?#@\s]*:)[^/\s]*@|(https?:\/\/)[^:/?#@\s]+@/gi;

/** Parameters of addresses. */
const parameter = /([?&]([\w.-]{1,64})=)[^&#\s"'<>]+/g;

/** Names of the parts of connection strings, up to a limit: `Server=db;Password=...`. */
const partName = /^[\w .-]{1,64}$/;

/** Returns a value for display: a string without passwords and tokens in addresses, and without parameters with names of secrets. */
export function shown(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const text = value.includes('://')
    ? value.replace(inAddress, (_, before: string | undefined, web: string) => `${before ?? web}${hidden}@`)
    : value;
  if (!text.includes('=')) return text;
  const hide = (whole: string, before: string, key: string) => (isSecretName(key) ? `${before}${hidden}` : whole);
  const safe = /[?&]/.test(text) ? text.replace(parameter, hide) : text;
  return safe.includes(';') ? withoutPairs(safe) : safe;
}

/**
 * Hides parts of connection strings with names of secrets. Each character is examined a few times at most, however a text is
 * built: it may come from outside.
 */
function withoutPairs(text: string): string {
  let safe = '';
  let shownTo = 0;
  for (let at = 0; at < text.length; ) {
    const next = text.indexOf(';', at);
    const end = next === -1 ? text.length : next;
    const equals = text.slice(at, end).indexOf('=');
    const key = equals === -1 ? '' : text.slice(at, at + equals).trim();
    if (!partName.test(key)) {
      at = end + 1;
      continue;
    }
    const rest = text.slice(at + equals + 1, end);
    const from = end - rest.trimStart().length;
    const quote = text[from];
    // A quoted value may contain the separator.
    const close = quote === '"' || quote === "'" ? text.indexOf(quote, from + 1) : -1;
    const to = close === -1 ? end : close + 1;
    if (to > from && isSecretName(key)) {
      safe += text.slice(shownTo, from) + hidden;
      shownTo = to;
    }
    const after = text.indexOf(';', to);
    at = after === -1 ? text.length : after + 1;
  }
  return safe + text.slice(shownTo);
}
