/** Methods of HTTP that not every member bears: apart from the annotation and from binding, so that clients do not have the check. */
import type { AnnotationKey, MemberInfo } from '../../middleware/member.js';
import type { HttpRule } from './http-rule.js';

/** Keys by which members find their annotations; a name is all that is looked at. */
const http = { name: 'http' } as AnnotationKey<HttpRule>;
const idempotent = { name: 'idempotent' } as AnnotationKey<boolean>;
const safe = { name: 'safe' } as AnnotationKey<boolean>;

/**
 * Refuses methods of HTTP that a member does not bear.
 *
 * @throws TypeError for `PUT` and `DELETE` of one that is neither `idempotent` nor `safe`
 */
export function checkHttpMethod({ service, name, annotation }: MemberInfo): void {
  const method = annotation(http)?.method;
  if (method === undefined || method === 'PATCH' || annotation(idempotent) === true || annotation(safe) === true) return;
  throw new TypeError(`${service}.${name} is called by ${method}, which may be repeated: expected it to be idempotent`);
}
