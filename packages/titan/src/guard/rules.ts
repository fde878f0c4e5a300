import { type AnnotationEntry, createAnnotation } from '@omnitron-dev/netron';
import type { AuthContext } from '@omnitron-dev/netron-auth/identity';
import { checkNames } from '../errors/check-options.js';
import { checkPermissions, checkRoles } from './check-rules.js';

/** A rule about callers. All rules of a member have to admit a caller. */
export interface Rule {
  /** Any of these roles. */
  readonly roles?: readonly string[];
  /** All of these permissions, as `resource:action`. */
  readonly permissions?: readonly string[];
  /** Authenticated by the provider of this name. */
  readonly provider?: string;
  /** Members that are exempt from this rule of a service. */
  readonly except?: readonly string[];
}

/** Rules of a service or a member, as an option. */
export interface AuthOptions extends Rule {
  /** `false` adds no rule, and removes none. Default `true`. */
  readonly required?: boolean;
}

/** Rules for the callers of a member; those of class, base class and member add up, in any order. */
export const Rules = createAnnotation<readonly Rule[]>({
  name: 'titan.rules',
  merge: (outer, inner) => unique([...outer, ...inner]),
  stricter: (one, other) => unique([...one, ...other]).length === unique(one).length,
});

const unique = (rules: readonly Rule[]): Rule[] => {
  const byText = new Map(rules.map((rule) => [JSON.stringify(rule), rule]));
  return [...byText.keys()].sort().map((text) => byText.get(text) as Rule);
};

const sorted = (texts: readonly string[] | undefined) => texts && [...new Set(texts)].sort();

/** Normalizes a rule. */
export function ruleOf({
  required = true,
  roles,
  permissions,
  provider,
  except,
}: AuthOptions): AnnotationEntry<readonly Rule[]>[] {
  if (!required && !roles && !permissions && !provider) return [];
  const rule: Rule = {
    ...(roles && { roles: sorted(roles)! }),
    ...(permissions && { permissions: sorted(permissions)! }),
    ...(provider !== undefined && { provider }),
    ...(except && { except: sorted(except)! }),
  };
  return [Rules([rule])];
}

/** Admits only authenticated callers. */
export const Authenticated = (): AnnotationEntry => Rules([{}]);

/** Admits only authenticated callers, of one provider if several are configured. */
export function RequireAuth(options: { readonly provider?: string } = {}): AnnotationEntry {
  checkNames('@RequireAuth', options, { provider: true });
  const { provider } = options;
  return Rules([provider === undefined ? {} : { provider }]);
}

/** Admits callers with one of the roles. */
export function RequireRole(roles: string | readonly string[]): AnnotationEntry {
  checkRoles('@RequireRole', [roles].flat());
  return Rules([{ roles: sorted([roles].flat())! }]);
}

/** Admits callers with all of the permissions: `users:read`. */
export function RequirePermission(...permissions: readonly string[]): AnnotationEntry {
  checkPermissions('@RequirePermission', permissions);
  return Rules([{ permissions: sorted(permissions)! }]);
}

/** A decision about the caller and the validated arguments of a call. */
export type Policy<Caller = AuthContext, Args extends readonly unknown[] = readonly unknown[]> = (
  caller: Caller,
  ...args: Args
) => boolean | Promise<boolean>;

let count = 0;

/** Policies of a member, in the order of their creation. */
export const Policies = createAnnotation<readonly { readonly id: number; readonly allows: Policy<never, never> }[]>({
  name: 'titan.policies',
  merge: (outer, inner) => [...new Map([...outer, ...inner].map((each) => [each.id, each])).values()].sort((a, b) => a.id - b.id),
  stricter: (one, other) => other.every(({ id }) => one.some((each) => each.id === id)),
});

/**
 * Admits calls for which `allows` returns true: `@Authorize((caller, id) => caller.userId === id)`. It receives an
 * authenticated caller and validated arguments; its result is never cached. The caller receives a `NetronError` that it
 * throws; for any other error, the caller gets `internal` without the text, and the log has all of it.
 */
export function Authorize<Caller = AuthContext, Args extends readonly unknown[] = readonly unknown[]>(
  allows: Policy<Caller, Args>,
): AnnotationEntry {
  count += 1;
  return Policies([{ id: count, allows }]);
}
