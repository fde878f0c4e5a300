/** Members of remote services, made from their definitions. */
import type { AnnotationKey, MemberInfo } from '../../middleware/member.js';
import type { ServiceDefinition } from '../definition.js';

const known = new WeakMap<ServiceDefinition, readonly MemberInfo[]>();

/** Returns the members of a definition, in its order; always the same objects for one definition. */
export function membersOf(definition: ServiceDefinition): readonly MemberInfo[] {
  let members = known.get(definition);
  if (members === undefined) {
    const { name: service, version } = definition;
    members = definition.members.map(({ name, kind, annotations }) => {
      const annotation = <T>(key: AnnotationKey<T>): T | undefined => {
        if (!key.published || annotations === undefined || !Object.hasOwn(annotations, key.name)) return undefined;
        return key.read(annotations[key.name]);
      };
      return Object.freeze({ service, version, name, kind, target: undefined, annotation });
    });
    known.set(definition, members);
  }
  return members;
}
