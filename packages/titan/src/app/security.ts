import { type Clock, type Netron, type NetronOptions, type OptionNames, systemClock } from '@omnitron-dev/netron';
import { type AuthzProvider, Revocations, SignIn } from '@omnitron-dev/netron-auth/identity';
import { checkFlag, checkMethods, checkNames, refuse } from '../errors/check-options.js';
import { TitanError } from '../errors/titan-error.js';
import type { EventBus } from '../events/event-bus.js';
import type { Logger } from '../logger/logger.js';
import { AuditTrail, auditedUser } from '../security/audit.js';
import { LiveIdentities } from '../security/live-identities.js';
import type { CallLimiter, EncryptionProvider, SecurityOptions } from '../security/providers.js';
import { SharedRevocations, sharesRevocations } from '../security/shared-revocations.js';

/** Parts of an application that authenticate callers and enforce rules. */
export interface SecurityParts {
  readonly signIn: SignIn;
  readonly authorization: AuthzProvider | undefined;
  readonly encryption: EncryptionProvider | undefined;
  readonly rateLimit: SecurityOptions['rateLimit'];
  /** A limiter that nodes share, for the health of its store; `undefined` until one is created. */
  readonly sharedLimiter: () => CallLimiter | undefined;
  readonly revocations: Revocations;
  readonly live: LiveIdentities;
  /** Watches the connections of a node, and shares revocations if its events go to other nodes. Returns a function that ends this. */
  readonly accompany: (node: Netron, options: NetronOptions) => () => void;
  readonly audit: AuditTrail;
}

const ofSecurity: OptionNames<SecurityOptions> = {
  anonymous: true,
  attempts: true,
  authentication: true,
  authenticationTimeout: true,
  authorization: true,
  encryption: true,
  rateLimit: true,
  revocations: true,
};

/** @throws TitanError `invalid_use` for an invalid provider or invalid options */
function signInOf(...given: ConstructorParameters<typeof SignIn>): SignIn {
  try {
    return new SignIn(...given);
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError)) throw error;
    throw new TitanError('invalid_use', `security: ${error.message}`, { cause: error });
  }
}

/**
 * Creates the parts of one application.
 *
 * @throws TitanError `invalid_use` when options are unknown or of another type
 */
export function securityOf(
  options: SecurityOptions,
  {
    events,
    logger,
    clock = systemClock,
  }: { readonly events: EventBus; readonly logger: Logger; readonly clock?: Clock | undefined },
): SecurityParts {
  checkNames('security', options, ofSecurity);
  checkFlag('security.anonymous', options.anonymous);
  if (options.rateLimit !== undefined && typeof options.rateLimit !== 'function')
    refuse('security.rateLimit', 'a function that creates the limiter of a rule', options.rateLimit);
  checkMethods('security.authorization', options.authorization, ['authorize']);
  checkMethods('security.encryption', options.encryption, ['createSecureServer', 'createSecureClient']);
  checkMethods('security.revocations', options.revocations, ['has', 'on', 'revoke']);
  const { authentication = {}, authorization, encryption, anonymous = true, attempts, authenticationTimeout: timeout } = options;
  const now = () => clock.wall();
  const revocations = options.revocations ?? new Revocations({ now });
  const audit = new AuditTrail(events, logger, now);
  const signIn = signInOf(authentication, {
    anonymous,
    now,
    revocations,
    ...(attempts !== undefined && { attempts }),
    ...(timeout !== undefined && { timeout }),
    onFailure: ({ id, address, transport }, { code }, by) => {
      const user = auditedUser(by);
      audit.record({ kind: 'login', caller: { id, address, transport }, ...(user && { user }), outcome: code });
    },
  });
  if (options.authentication !== undefined && signIn.names.length === 0)
    throw new TitanError('invalid_use', 'security.authentication has no provider: add one, or omit the option');
  const live = new LiveIdentities({ revocations, anonymous, clock });
  const { rateLimit: make } = options;
  let limiter: CallLimiter | undefined;
  const rateLimit: SecurityOptions['rateLimit'] = make && ((rule) => (limiter = make(rule)));
  const accompany = (node: Netron, given: NetronOptions) => {
    // Through the store with which the program shares the list.
    const told = revocations.heard;
    const ends = [live.watch(node), revocations.on((revocation) => audit.record({ kind: 'revocation', ...revocation }))];
    const across = given.events?.cluster !== undefined;
    if (across && sharesRevocations(given)) {
      const shared = new SharedRevocations(node, revocations, clock);
      ends.push(() => shared.close());
    } else if (across && given.authenticate !== undefined && !told) {
      const text = "revocations are not sent to other nodes: remoteEvents does not include 'auth:*'";
      logger.warn({ remoteEvents: given.remoteEvents }, text);
    }
    return () => {
      for (const end of ends) end();
    };
  };
  return { signIn, authorization, encryption, rateLimit, sharedLimiter: () => limiter, revocations, live, accompany, audit };
}
