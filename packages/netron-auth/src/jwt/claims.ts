import type { JWTPayload } from 'jose';
import type { AuthContext, TokenUser } from '../identity/auth-provider.js';

/** Names of the claims for roles, permissions and tenant. A path such as `realm_access.roles` is followed. */
export interface ClaimNames {
  /** Default `roles`. */
  readonly roles?: string;
  /** Default `permissions`. A string is split at spaces, like `scope`. Of several names, the first one that a token has counts. */
  readonly permissions?: string | readonly string[];
  /** Default `tenant`. */
  readonly tenant?: string;
}

/**
 * Returns the identity for the claims of a verified token.
 *
 * @throws TypeError when the token has no subject or a claim has the wrong type
 */
export function contextOf(payload: JWTPayload, names: ClaimNames): AuthContext {
  if (typeof payload.sub !== 'string' || payload.sub === '') throw new TypeError('expected a subject (sub)');
  // Without this check, an expiry that is not a number would never be reached.
  for (const name of ['exp', 'iat'] as const)
    if (payload[name] !== undefined && !Number.isFinite(payload[name])) throw new TypeError(`claim '${name}' must be a number`);
  const roles = texts(payload, [names.roles ?? 'roles']);
  const permissions = texts(payload, permissionsIn(names));
  const tenant = valueAt(payload, names.tenant ?? 'tenant');
  return Object.freeze({
    userId: payload.sub,
    ...(roles && { roles }),
    ...(permissions && { permissions }),
    ...(payload.exp !== undefined && { expiresAt: payload.exp * 1_000 }),
    ...(payload.iat !== undefined && { issuedAt: payload.iat * 1_000 }),
    ...(typeof payload.jti === 'string' && { tokenId: payload.jti }),
    ...(typeof tenant === 'string' && { tenant }),
  });
}

/** Returns the claims of a user. */
export function claimsOf(user: TokenUser, names: ClaimNames): JWTPayload {
  return {
    ...(user.roles && { [names.roles ?? 'roles']: [...user.roles] }),
    ...(user.permissions && { [permissionsIn(names)[0] ?? 'permissions']: [...user.permissions] }),
    ...(user.tenant !== undefined && { [names.tenant ?? 'tenant']: user.tenant }),
  };
}

const permissionsIn = ({ permissions = 'permissions' }: ClaimNames): readonly string[] => [permissions].flat();

/** Reads the first of several claims that is present. */
function texts(payload: JWTPayload, paths: readonly string[]): readonly string[] | undefined {
  const path = paths.find((each) => valueAt(payload, each) !== undefined);
  if (path === undefined) return undefined;
  const value = valueAt(payload, path);
  const list = typeof value === 'string' ? value.split(' ').filter(Boolean) : value;
  if (!Array.isArray(list) || !list.every((item) => typeof item === 'string')) {
    throw new TypeError(`claim '${path}' must be an array of strings`);
  }
  return Object.freeze(list);
}

/** Follows a path through own properties. A claim whose name contains dots, such as a URL, takes precedence. */
function valueAt(payload: JWTPayload, path: string): unknown {
  if (Object.hasOwn(payload, path)) return payload[path];
  let value: unknown = payload;
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}
