import { checkOptions } from '@omnitron-dev/netron';
import type { AuthContext, AuthzProvider } from '../identity/auth-provider.js';
import { checkTexts, holds } from '../identity/rights.js';

/** Permissions of one role. */
export interface Role {
  /** `resource:action`; `users:*` is every action on users, `*` everything. */
  readonly permissions?: readonly string[];
  /** Roles whose permissions this one has as well. */
  readonly inherits?: readonly string[];
}

/** Roles by name; a list is short for a role with these permissions. */
export type Roles = Readonly<Record<string, Role | readonly string[]>>;

/**
 * Grants rights by roles. An identity's own permissions count as well. Unknown roles grant nothing.
 *
 * ```ts
 * const rights = new RbacAuthzProvider({ editor: ['posts:*'], admin: { permissions: ['users:*'], inherits: ['editor'] } });
 * await rights.authorize({ userId: 'ada', roles: ['admin'] }, 'posts', 'delete'); // true
 * ```
 *
 * A subclass may override `getRolePermissions`, for instance to read them from a database.
 */
export class RbacAuthzProvider implements AuthzProvider {
  readonly #permissions = new Map<string, readonly string[]>();

  /**
   * @throws TypeError when an option of a role is unknown, its `permissions` or `inherits` are not a list of strings, a permission does not
   *   have the form `resource:action`, a role inherits an unknown role, or roles inherit each other in a cycle
   */
  constructor(roles: Roles = {}) {
    const table = new Map(Object.entries(roles).map(([name, role]) => [name, isList(role) ? { permissions: role } : role]));
    for (const [name, role] of table) {
      checkOptions(`role '${name}'`, role ?? null, { permissions: true, inherits: true });
      checkTexts(`role '${name}': permissions`, role.permissions);
      checkTexts(`role '${name}': inherits`, role.inherits);
    }
    for (const name of table.keys()) this.#permissions.set(name, [...collect(table, name, [])]);
  }

  /** Whether `context` may do `action` on `resource`. Roles and permissions that are not lists grant nothing. */
  async authorize(context: AuthContext, resource: string, action: string): Promise<boolean> {
    if (grants(context.permissions, resource, action)) return true;
    const roles: unknown = context.roles;
    for (const role of Array.isArray(roles) ? roles : []) {
      if (grants(await this.getRolePermissions(role), resource, action)) return true;
    }
    return false;
  }

  /** Returns the permissions of a role, including inherited ones; none for an unknown role. */
  getRolePermissions(role: string): readonly string[] | Promise<readonly string[]> {
    return this.#permissions.get(role) ?? [];
  }
}

const isList = (role: Role | readonly string[]): role is readonly string[] => Array.isArray(role);

function collect(roles: ReadonlyMap<string, Role>, name: string, path: readonly string[]): Set<string> {
  if (path.includes(name)) throw new TypeError(`circular role inheritance: ${[...path, name].join(' → ')}`);
  const role = roles.get(name);
  if (role === undefined) throw new TypeError(`role '${path.at(-1)}' inherits unknown role '${name}'`);
  const permissions = new Set(role.permissions);
  for (const permission of permissions) {
    if (!/^(?:\*|[^\s:*]+:(?:\*|[^\s:*]+))$/.test(permission)) {
      throw new TypeError(`role '${name}': permission must be resource:action, resource:* or *, not '${permission}'`);
    }
  }
  for (const other of role.inherits ?? []) {
    for (const permission of collect(roles, other, [...path, name])) permissions.add(permission);
  }
  return permissions;
}

function grants(permissions: unknown, resource: string, action: string): boolean {
  // A name with the separator or the wildcard is never the name of a right.
  if (/[:*]/.test(resource) || /[:*]/.test(action)) return false;
  return holds(permissions, `${resource}:${action}`) || holds(permissions, `${resource}:*`) || holds(permissions, '*');
}
