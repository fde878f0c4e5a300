import { type AuthenticationRequest, type Call, type Handler, type MemberInfo, NetronError } from '@omnitron-dev/netron';
import type { AuthContext, AuthzProvider, SignIn } from '@omnitron-dev/netron-auth/identity';
import { TitanError } from '../errors/titan-error.js';
import type { LiveIdentities } from '../security/live-identities.js';
import { whenDone } from '../util/when-done.js';
import { Policies, type Rule, Rules } from './rules.js';

/** Options of the guard's decisions. */
export interface AccessOptions {
  /** Receives errors of decisions; callers do not see them. */
  readonly failed: (member: string, error: unknown) => void;
  /** Receives refused logins; callers get fewer details. */
  readonly refused: (request: AuthenticationRequest, error: unknown) => void;
  readonly signIn: SignIn;
  readonly authorization: AuthzProvider | undefined;
  /** Whether the program's own function authenticates callers. */
  readonly known: boolean;
  /** Checks which identities have ended. */
  readonly live: LiveIdentities;
}

const nameOf = ({ service, name }: MemberInfo) => `${service}.${name}`;

/**
 * Authenticates a call by its header `authorization`, if it has one: a gateway calls for many users over one connection.
 * Runs at the position `identity`, in front of every member, since methods without rules may use the user, too. The user is
 * stored in the call, where the context of the method and outgoing calls read it.
 *
 * @throws NetronError `unauthenticated` if the header identifies nobody, or an identity that has ended; other errors of signing in
 */
export function identifyCall({ signIn, refused: tell }: AccessOptions) {
  return (next: Handler): Handler => {
    if (signIn.names.length === 0) return next;
    return (call) => {
      const { authorization } = call.headers;
      if (authorization === undefined) return next(call);
      const { id, address = id, transport } = call.peer;
      const request = { id, address, ...(transport === undefined ? {} : { transport }) };
      // An authenticated caller, or the program itself, calls for others: failures of one user must not count for all of them.
      const by = call.peer.identity ?? (transport === 'local' ? call.peer : undefined);
      const refused = (error: unknown): never => {
        tell(request, error);
        throw error;
      };
      const answered = (user: AuthContext | undefined) => {
        call.user = user;
        return next(call);
      };
      return signIn.identify({ authorization }, request, by).then(answered, refused);
    };
  };
}

/**
 * Refuses callers that the rules of a member do not admit: `unauthenticated` without a current identity, `permission_denied`
 * otherwise. Runs at the position `rights`.
 *
 * @throws TitanError `invalid_use` if a service is exposed whose rules nothing could enforce
 */
export function checkAccess(options: AccessOptions, seen: (member: MemberInfo) => void) {
  return (next: Handler, member: MemberInfo): Handler => {
    seen(member);
    const stated = member.annotation(Rules)?.filter(({ except }) => !except?.includes(member.name)) ?? [];
    if (stated.length === 0 && !member.annotation(Policies)) return next;
    const name = nameOf(member);
    if (options.signIn.names.length === 0 && !options.known)
      throw new TitanError(
        'invalid_use',
        `${name} has access rules, but callers are not authenticated: set security.authentication`,
      );
    for (const { provider } of stated) {
      if (provider !== undefined && !options.signIn.names.includes(provider))
        throw new TitanError(
          'invalid_use',
          `${name} requires the provider '${provider}', but ${providersOf(options.signIn.names)}`,
        );
    }
    const rights = stated.flatMap(({ permissions = [] }) => permissions);
    const pass: Handler =
      member.kind === 'stream' ? (call) => whenDone(next(call), (stream) => options.live.guard(stream, call, name)) : next;
    return (call) => {
      const user = known(call.user, options.live, name);
      if (!stated.every((rule) => fits(rule, user, options.signIn))) throw denied(name);
      return rights.length === 0 ? pass(call) : allowed(rights, user, options, () => pass(call), name);
    };
  };
}

/** Returns a phrase with the configured providers; a single one has no name. */
const providersOf = (names: readonly string[]): string => {
  const named = names.filter((name) => name !== '').map((name) => `'${name}'`);
  return named.length > 0
    ? `the configured ones are ${named.join(', ')}`
    : 'none is named: set security.authentication to { name: provider }';
};

const denied = (name: string) => new NetronError('permission_denied', `${name}: permission denied`);

/** Returns whether an identity's list has exactly that string; a string in place of a list has none, since `includes` would match its parts. */
const holds = (list: unknown, text: string): boolean => Array.isArray(list) && list.includes(text);

const fits = ({ roles, provider }: Rule, user: AuthContext, signIn: SignIn): boolean =>
  (!roles || roles.some((role) => holds(user.roles, role))) && (provider === undefined || signIn.providerOf(user) === provider);

function allowed(
  rights: readonly string[],
  user: AuthContext,
  { authorization, failed }: AccessOptions,
  go: () => unknown,
  name: string,
): unknown {
  const missing = rights.filter((right) => !holds(user.permissions, right));
  if (missing.length === 0) return go();
  if (!authorization) throw denied(name);
  const ask = async (right: string) => {
    const at = right.lastIndexOf(':');
    return authorization.authorize(user, right.slice(0, at), right.slice(at + 1));
  };
  return Promise.all(missing.map(ask))
    .catch((error: unknown) => hidden(error, name, failed))
    .then((all) => {
      if (all.every((answer) => answer === true)) return go();
      throw denied(name);
    });
}

/** Rethrows an error of a decision if it is meant for callers; otherwise callers get no details. */
function hidden(error: unknown, name: string, failed: AccessOptions['failed']): never {
  if (NetronError.is(error)) throw error;
  failed(name, error);
  throw new NetronError('internal', `${name}: authorization failed to run`);
}

/** A policy of any type: the program defines its caller and arguments. */
type AnyPolicy = (caller: unknown, ...args: unknown[]) => boolean | Promise<boolean>;

/**
 * Calls the policies of a member with validated arguments. Any result but `true` refuses the call. The caller receives a
 * `NetronError` that a policy throws; any other error becomes `internal` and goes to `failed`.
 */
export function checkPolicies(failed: AccessOptions['failed']) {
  return (next: Handler, member: MemberInfo): Handler => {
    const policies = member.annotation(Policies);
    if (!policies) return next;
    const name = nameOf(member);
    const ask = async (call: Call): Promise<void> => {
      for (const { allows } of policies) if ((await (allows as AnyPolicy)(call.user, ...call.args)) !== true) throw denied(name);
    };
    return (call) =>
      ask(call)
        .catch((error: unknown) => hidden(error, name, failed))
        .then(() => next(call));
  };
}

/**
 * Returns whether rules admit a caller, outside of a call.
 *
 * @throws NetronError `unauthenticated` without a current identity
 */
export async function admits(rules: readonly Rule[], identity: unknown, options: AccessOptions, name: string): Promise<boolean> {
  const { live, signIn } = options;
  const user = known(identity, live, name);
  const rights = rules.flatMap(({ permissions = [] }) => permissions);
  if (!rules.every((rule) => fits(rule, user, signIn))) return false;
  return (await allowed(rights, user, options, () => true, name)) === true;
}

/** @throws NetronError `unauthenticated` */
function known(identity: unknown, live: LiveIdentities, name: string): AuthContext {
  const user = identity as AuthContext | undefined;
  if (!user) throw new NetronError('unauthenticated', `${name}: authentication required`);
  const fault = live.fault(user);
  if (fault)
    throw new NetronError('unauthenticated', `${name}: the identity has ${fault === 'expired' ? fault : 'been revoked'}`);
  return user;
}
