import { type MemberInfo, NetronError, type NetronOptions } from '@omnitron-dev/netron';
import { type AccessOptions, admits } from './access.js';
import { type Rule, Rules } from './rules.js';

/** Rules of whole services: those common to all members. Only callers that they admit receive events of a service. */
export class ServiceRules {
  readonly #rules = new Map<string, ReadonlyMap<string, Rule>>();

  /** Takes a member of a service into account. */
  note(member: MemberInfo): void {
    if (member.target === undefined) return;
    const id = `${member.service}@${member.version}`;
    const own = new Map((member.annotation(Rules) ?? []).map((rule) => [JSON.stringify(rule), rule]));
    const known = this.#rules.get(id);
    this.#rules.set(id, known ? new Map([...known].filter(([text]) => own.has(text))) : own);
  }

  /** Creates the node's check whether a caller may receive an event; the program's own check has to agree. */
  authorizer(access: AccessOptions, more: NetronOptions['authorize']): NonNullable<NetronOptions['authorize']> {
    return async (caller, operation) => {
      const { kind, service } = operation;
      const rules =
        kind === 'subscribe' && service ? [...(this.#rules.get(`${service.name}@${service.version}`)?.values() ?? [])] : [];
      if (rules.length > 0) {
        const name = `${service?.name}.on`;
        if (!(await admits(rules, caller.identity, access, name)))
          throw new NetronError('permission_denied', `${name}: permission denied`);
      }
      return more?.(caller, operation);
    };
  }
}
