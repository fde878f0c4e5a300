/** The URL scheme: `/netron/<service>[@<version or range>]/<member>`. */
import { NetronError } from '../errors/netron-error.js';

/** Default path of a node's calls. */
export const defaultPath = '/netron';

/** Paths of the protocol itself; no service can have such a name. */
export const systemPaths = ['$services', '$batch', '$cancel', '$events', '$upload'] as const;

/** One of the paths of the protocol itself. */
export type SystemPath = (typeof systemPaths)[number];

/** The target that a URL names. */
export type Address =
  | { readonly kind: 'call'; readonly service: string; readonly method: string }
  | { readonly kind: 'system'; readonly path: SystemPath; readonly rest: string };

/**
 * Returns the path of a member below a node's base.
 *
 * @param service name, or name and version or range: `calc`, `shop/orders@^2.0.0`
 * @throws NetronError `invalid_argument` for a name with a part `.` or `..`, which every URL parser would resolve
 */
export function memberPath(service: string, method: string): string {
  const parts = [...service.split('/'), method];
  for (const part of parts) {
    if (part === '.' || part === '..' || part === '') {
      throw new NetronError(
        'invalid_argument',
        `cannot build a URL for member '${method}' of '${service}': '${part}' is not allowed as a path segment`,
      );
    }
  }
  return `/${parts.map(escapePart).join('/')}`;
}

/** Escapes a part of a path, except for characters that a path may contain as they are: `users@^1.0.0` stays readable. */
function escapePart(part: string): string {
  return encodeURIComponent(part).replace(/%(?:40|24|2B|2C|3A|3D)/g, decodeURIComponent);
}

/**
 * Parses the path of a request, without its query.
 *
 * @param path below the node's base, beginning with `/`
 * @returns `undefined` when it is not a valid address
 */
export function readAddress(path: string): Address | undefined {
  if (path.length < 3 || path[0] !== '/') return undefined;
  const last = path.lastIndexOf('/');
  const first = decodePart(path.slice(1, path.indexOf('/', 1) < 0 ? undefined : path.indexOf('/', 1)));
  if (first?.startsWith('$') === true) {
    if (!(systemPaths as readonly string[]).includes(first)) return undefined;
    const rest = decodePart(path.slice(path.indexOf('/', 1) < 0 ? path.length : path.indexOf('/', 1) + 1));
    return rest === undefined ? undefined : { kind: 'system', path: first as SystemPath, rest };
  }
  const service = decodePart(path.slice(1, last));
  const method = decodePart(path.slice(last + 1));
  if (service === undefined || method === undefined || service === '' || method === '') return undefined;
  return { kind: 'call', service, method };
}

function decodePart(text: string): string | undefined {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
