/** Shown in place of a secret. */
export const hidden = '***';

const name =
  /pass(?:words?|wd|phrase|code)?$|(?:^|[a-z_-])pwd$|^pin$|bearer$|secret|tokens?$|credential|private|(?:^|[a-z_-])(?:api|access|signing|encryption)?_?-?keys?$|authorization$|^(?:set-)?cookies?$|dsn$/i;

/** Whether what has this name is a secret. */
export const isSecretName = (key: string): boolean => name.test(key);

/** Passwords of addresses, and what stands alone before the host of an address of the web: a token. */
const inAddress = /(:\/\/[^:/?#@\s]*:)[^/\s]*@|(https?:\/\/)[^:/?#@\s]+@/gi;

/** Parameters of addresses. */
const parameter = /([?&]([\w.-]{1,64})=)[^&#\s"'<>]+/g;

/** Parts of connection strings: `Server=db;Password=...`. */
const pair = /((?:^|;)\s*([\w .-]{1,64}?)\s*=\s*)("[^"]*"|'[^']*'|[^;]+)/g;

/** A value as it may be shown: a text without passwords and tokens of the addresses in it, and without parameters that have the names of secrets. */
export function shown(value: unknown): unknown {
  if (typeof value !== 'string') return value;
  const text = value.includes('://')
    ? value.replace(inAddress, (_, before: string | undefined, web: string) => `${before ?? web}${hidden}@`)
    : value;
  if (!text.includes('=')) return text;
  const hide = (whole: string, before: string, key: string) => (isSecretName(key) ? `${before}${hidden}` : whole);
  const safe = /[?&]/.test(text) ? text.replace(parameter, hide) : text;
  return safe.includes(';') ? safe.replace(pair, hide) : safe;
}
