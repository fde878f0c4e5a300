/** Shown in place of a secret. */
export const hidden = '***';

const name =
  /pass(?:words?|wd|phrase)?$|secret|tokens?$|credential|private|(?:^|[a-z_-])(?:api|access|signing|encryption)?_?-?keys?$|^authorization$|^(?:set-)?cookies?$|dsn$/i;

/** Whether what has this name is a secret. */
export const isSecretName = (key: string): boolean => name.test(key);

/** A value as it may be shown: a text without the passwords of the addresses in it. */
export function shown(value: unknown): unknown {
  return typeof value === 'string' ? value.replace(/(:\/\/[^:/?#@\s]*:)[^@/\s]*@/g, `$1${hidden}@`) : value;
}
