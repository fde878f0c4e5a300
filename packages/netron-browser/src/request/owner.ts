/** Names for the owners of tokens. Keys of the cache contain them; they are useless as credentials. */
import { digest } from '@omnitron-dev/netron/http/client';

/** Returns the name for the owner of a token, by its subject when it has one. */
export function ownerOf(token: string | undefined): string {
  return token === undefined ? '' : (subjectOf(token) ?? digest(token.replace(/^Bearer /, '')));
}

/**
 * Checks a token or name that a function of the program has returned.
 *
 * @throws TypeError when it is neither a string nor `undefined`
 */
export function textOf(value: unknown, what: string): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  throw new TypeError(`${what} must be a string or undefined, not ${value === null ? value : typeof value}`);
}

/** Returns issuer and subject of a JSON Web Token; `undefined` for any other token. */
export function subjectOf(token = ''): string | undefined {
  const payload = /^(?:Bearer )?[\w-]+\.([\w-]+)\.[\w-]*$/.exec(token)?.[1];
  if (payload === undefined) return undefined;
  try {
    const { iss = '', sub } = JSON.parse(atob(payload.replaceAll('-', '+').replaceAll('_', '/'))) as Record<string, unknown>;
    return typeof sub === 'string' ? JSON.stringify([iss, sub]) : undefined;
  } catch {
    return undefined;
  }
}
