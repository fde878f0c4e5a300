/** The annotation `http`: HTTP method, status and headers of a member, beyond the effects of its other annotations. */
import { isPlain } from '../../errors/plain-data.js';
import { described, isRecord } from '../../util/check.js';
import { createAnnotation } from './annotation.js';

const methods = ['PUT', 'PATCH', 'DELETE'] as const;

/** HTTP settings of a member. They do not apply to calls in batches and over connections. */
export interface HttpRule {
  /**
   * HTTP method by which it can be called besides POST. `PUT` and `DELETE` are only for `idempotent` members, because intermediaries may
   * repeat them. GET is determined by `safe` alone.
   */
  readonly method?: (typeof methods)[number];
  /** Status of successful replies, 200 to 203. Default 200. */
  readonly status?: number;
  /** Headers of successful replies. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** HTTP method, status and headers of a member. On a class, it gives defaults for its members, field by field. */
export const Http = createAnnotation<HttpRule>({
  name: 'http',
  merge: 'complete',
  published: true,
  check: checkRule,
  read: (value) => (isPlain(value) ? (value as HttpRule) : undefined),
});

/** Headers that describe the body, its caching or the connection, which a member must not set. */
const reserved =
  /^(?:content-|netron-|access-control-|upload-|proxy-|(?:cache-control|connection|date|etag|keep-alive|location|retry-after|server|set-cookie|te|trailer|transfer-encoding|upgrade|vary|www-authenticate|x-accel-buffering)$)/;

/** @throws TypeError that states what is wrong */
function checkRule(rule: unknown): void {
  if (!isRecord(rule)) throw wrong('http', "an object such as { method: 'PUT' }", rule);
  for (const name of Object.keys(rule)) {
    if (!['method', 'status', 'headers'].includes(name))
      throw wrong('http', "an object of 'method', 'status' and 'headers'", `'${name}'`);
  }
  const { method, status = 200, headers = {} } = rule;
  if (method !== undefined && !(methods as readonly unknown[]).includes(method))
    throw wrong('http.method', `one of ${methods.join(', ')}`, method);
  if (!(Number.isInteger(status) && Number(status) >= 200 && Number(status) <= 203))
    throw wrong('http.status', 'an integer between 200 and 203', status);
  if (!isRecord(headers)) throw wrong('http.headers', 'an object of strings', headers);
  for (const [name, value] of Object.entries(headers)) {
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || reserved.test(name.toLowerCase()))
      throw wrong('http.headers', 'an object without reserved names', `'${name}'`);
    if (typeof value !== 'string' || !/^[\t\x20-\x7e]*$/.test(value))
      throw wrong(`http.headers['${name}']`, 'a string of printable ASCII', value);
  }
}

function wrong(what: string, expected: string, came: unknown): TypeError {
  return new TypeError(
    `${what} must be ${expected}, not ${typeof came === 'string' || typeof came === 'number' ? came : described(came)}`,
  );
}
