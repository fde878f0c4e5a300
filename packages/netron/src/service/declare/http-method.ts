/** Check of the HTTP methods of members, apart from the annotation and from binding, so that clients do not contain it. */
import type { AnnotationKey, MemberInfo } from '../../middleware/member.js';
import type { HttpRule } from './http-rule.js';

/** Keys for `annotation`, which uses only their names. */
const http = { name: 'http' } as AnnotationKey<HttpRule>;
const idempotent = { name: 'idempotent' } as AnnotationKey<boolean>;
const safe = { name: 'safe' } as AnnotationKey<boolean>;

/**
 * Refuses an HTTP method that a member does not allow.
 *
 * @throws TypeError for `PUT` and `DELETE` of a member that is neither `idempotent` nor `safe`
 */
export function checkHttpMethod({ service, name, annotation }: MemberInfo): void {
  const method = annotation(http)?.method;
  if (method === undefined || method === 'PATCH' || annotation(idempotent) === true || annotation(safe) === true) return;
  throw new TypeError(`${service}.${name}: HTTP method ${method} may be retried, so the method must be idempotent`);
}
