import { type Call, type Handler, type MemberInfo, NetronError } from '@omnitron-dev/netron';
import { TitanError } from '../errors/titan-error.js';
import type { AuthContext, AuthzProvider } from '../security/providers.js';
import { providerOf, type SignIn } from '../security/sign-in.js';
import { Policies, type Rule, Rules } from './rules.js';

/** Sources of the guard's decisions. */
export interface AccessOptions {
  readonly signIn: SignIn;
  readonly authorization: AuthzProvider | undefined;
  /** Whether the node knows callers by a function of the program's own. */
  readonly known: boolean;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

const nameOf = ({ service, name }: MemberInfo) => `${service}.${name}`;

/**
 * Takes the user of a call from its header `authorization`, where it has one: a gateway calls for many users over one connection. Stands in the place `identity`.
 */
export function identifyCall({ signIn }: AccessOptions) {
  return (next: Handler, member: MemberInfo): Handler => {
    if (!signIn.possible || (!member.annotation(Rules) && !member.annotation(Policies))) return next;
    return (call) => {
      const { authorization } = call.headers;
      if (authorization === undefined) return next(call);
      const { id, address = id, transport } = call.peer;
      const request = { id, address, ...(transport === undefined ? {} : { transport }) };
      return signIn.identify({ authorization }, request).then((user) => {
        call.user = user;
        return next(call);
      });
    };
  };
}

/**
 * Refuses callers that the rules of a member do not let in: `unauthenticated` who is not known or no longer, `permission_denied` who may not. Stands in the place `rights`.
 *
 * @throws TitanError `invalid_use` when a service is exposed whose rules nobody could keep
 */
export function checkAccess(options: AccessOptions, seen: (member: MemberInfo) => void) {
  return (next: Handler, member: MemberInfo): Handler => {
    seen(member);
    const stated = member.annotation(Rules)?.filter(({ except }) => !except?.includes(member.name)) ?? [];
    if (stated.length === 0 && !member.annotation(Policies)) return next;
    const name = nameOf(member);
    if (!options.signIn.possible && !options.known)
      throw new TitanError('invalid_use', `${name} has rules, but nobody says who calls: give security.authentication`);
    for (const { provider } of stated) {
      if (provider !== undefined && !options.signIn.names.includes(provider))
        throw new TitanError(
          'invalid_use',
          `${name} asks for the provider '${provider}', but there is ${options.signIn.names.map((each) => `'${each}'`).join(', ') || 'none'}`,
        );
    }
    const rights = stated.flatMap(({ permissions = [] }) => permissions);
    return (call) => {
      const user = known(call.user, options.now, name);
      if (!stated.every((rule) => fits(rule, user))) throw denied(name);
      return rights.length === 0 ? next(call) : allowed(rights, user, options.authorization, () => next(call), name);
    };
  };
}

const denied = (name: string) => new NetronError('permission_denied', `${name}: permission denied`);

const fits = ({ roles, provider }: Rule, user: AuthContext): boolean =>
  (!roles || roles.some((role) => user.roles?.includes(role))) && (provider === undefined || providerOf(user) === provider);

function allowed(
  rights: readonly string[],
  user: AuthContext,
  authorization: AuthzProvider | undefined,
  go: () => unknown,
  name: string,
): unknown {
  const missing = rights.filter((right) => !user.permissions?.includes(right));
  if (missing.length === 0) return go();
  if (!authorization) throw denied(name);
  const answers = missing.map((right) => {
    const at = right.lastIndexOf(':');
    return authorization.authorize(user, right.slice(0, at), right.slice(at + 1));
  });
  return Promise.all(answers).then((all) => {
    if (all.every((answer) => answer === true)) return go();
    throw denied(name);
  });
}

/** Asks the policies of a member, on validated arguments. One that throws, or says anything but `true`, refuses. */
export function checkPolicies(next: Handler, member: MemberInfo): Handler {
  const policies = member.annotation(Policies);
  if (!policies) return next;
  const name = nameOf(member);
  const ask = async (call: Call): Promise<unknown> => {
    for (const { allows } of policies) if ((await allows(call.user, ...call.args)) !== true) throw denied(name);
    return next(call);
  };
  return ask;
}

/**
 * Whether rules let a caller in, for what is no call.
 *
 * @throws NetronError `unauthenticated` when the caller is not known, or no longer
 */
export async function admits(
  rules: readonly Rule[],
  identity: unknown,
  { now, authorization }: AccessOptions,
  name: string,
): Promise<boolean> {
  const user = known(identity, now, name);
  const rights = rules.flatMap(({ permissions = [] }) => permissions);
  if (!rules.every((rule) => fits(rule, user))) return false;
  return (await allowed(rights, user, authorization, () => true, name)) === true;
}

/** @throws NetronError `unauthenticated` */
function known(identity: unknown, now: () => number, name: string): AuthContext {
  const user = identity as AuthContext | undefined;
  if (!user) throw new NetronError('unauthenticated', `${name}: authentication required`);
  if (user.expiresAt !== undefined && user.expiresAt <= now())
    throw new NetronError('unauthenticated', `${name}: the identity has expired`);
  return user;
}
