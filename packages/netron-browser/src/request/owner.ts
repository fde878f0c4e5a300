/** Names for owners of tokens, which keys of the cache hold and which prove nothing. */
import { digest } from '@omnitron-dev/netron/http/client';

/** Stands for whoever a token is of, by its subject where it names one. */
export function ownerOf(token: string | undefined): string {
  return token === undefined ? '' : (subjectOf(token) ?? digest(token.replace(/^Bearer /, '')));
}

/**
 * Reads what a function of the program says of whoever is spoken for.
 *
 * @throws TypeError when it is neither a text nor `undefined`
 */
export function textOf(value: unknown, what: string): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  throw new TypeError(`${what} is a text or undefined, not ${value === null ? value : `of type ${typeof value}`}`);
}

/** Issuer and subject of a JSON Web Token; `undefined` for any other. */
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
