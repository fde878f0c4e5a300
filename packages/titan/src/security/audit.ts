import type { OptionNames } from '@omnitron-dev/netron';
import type { AuthContext } from '@omnitron-dev/netron-auth/identity';
import { checkNames, checkNumber, refuse } from '../errors/check-options.js';
import { TitanError } from '../errors/titan-error.js';
import type { EventBus } from '../events/event-bus.js';
import type { Logger } from '../logger/logger.js';
import type { HealthCheck } from '../util/health-check.js';
import type { AuditFile, AuditFileOptions, AuditVerdict } from './audit-file.js';

/** The known properties of a caller. */
interface AuditedCaller {
  readonly id: string;
  readonly address?: string | undefined;
  readonly transport?: string | undefined;
}

/** A user, as records name it. */
interface AuditedUser {
  readonly userId: string;
  readonly tenant?: string | undefined;
  readonly tokenId?: string | undefined;
}

/** An answered or refused call. */
export interface AuditedCall {
  readonly kind: 'call';
  readonly service: string;
  readonly method: string;
  readonly user?: AuditedUser;
  readonly caller: AuditedCaller;
  /** `ok`, or the code of the error. */
  readonly outcome: string;
  /** Duration in milliseconds. */
  readonly ms: number;
  /** Trace id. */
  readonly trace?: string;
  readonly arguments?: unknown;
}

/** A failed login, or one that was not checked because too many had failed. */
export interface AuditedLogin {
  readonly kind: 'login';
  readonly caller: AuditedCaller;
  /** The caller, if it is authenticated and has sent the token of another user. */
  readonly user?: AuditedUser;
  /** Code of the error. */
  readonly outcome: string;
}

/** A revoked token, or the revocation of everything issued to a user. */
export interface AuditedRevocation {
  readonly kind: 'revocation';
  readonly tokenId?: string;
  readonly userId?: string;
}

/** A record of the audit trail. */
export type AuditRecord = (AuditedCall | AuditedLogin | AuditedRevocation) & {
  /** Milliseconds since 1970. */
  readonly at: number;
};

/** Returns the part of an identity for records; `undefined` for values that are not identities. */
export function auditedUser(identity: unknown): AuditedUser | undefined {
  const { userId, tenant, tokenId } = (identity ?? {}) as Partial<AuthContext>;
  return userId === undefined ? undefined : { userId, tenant, tokenId };
}

const ofFile: OptionNames<AuditFileOptions> = { key: true, maxWaiting: true, path: true };

/** @throws TitanError `invalid_use` unless it names an audit file */
export function checkAuditFile(options: AuditFileOptions): void {
  checkNames('audit', options, ofFile);
  const { path, key, maxWaiting } = options;
  if (typeof path !== 'string' || path === '') refuse('audit.path', 'a file path', path);
  checkAuditKey(key);
  checkNumber('audit.maxWaiting', maxWaiting, 1);
}

function checkAuditKey(key: unknown): void {
  if (key !== undefined && (!(key instanceof Uint8Array || typeof key === 'string') || key.length === 0))
    throw new TitanError('invalid_use', 'audit.key must be a non-empty string or Uint8Array');
}

/**
 * Verifies the chain of an audit file, line by line.
 *
 * @throws TitanError `invalid_use` when an option is unknown or of another type; the system's error when the file cannot be read
 */
export async function verifyAuditFile(path: string, options: Pick<AuditFileOptions, 'key'> = {}): Promise<AuditVerdict> {
  checkNames('verifyAuditFile', options, { key: true });
  checkAuditKey(options.key);
  return (await import('./audit-file.js')).verifyFile(path, options);
}

/**
 * An audit trail: each record is an event (`audit:call`, `audit:login`, `audit:revocation`) and, if a file is configured, a
 * line of it. Neither blocks a call.
 */
export class AuditTrail {
  readonly #events: EventBus;
  readonly #logger: Logger;
  readonly #now: () => number;
  #file: AuditFile | undefined;

  constructor(events: EventBus, logger: Logger, now: () => number) {
    this.#events = events;
    this.#logger = logger;
    this.#now = now;
  }

  /** Writes records to a file from now on, if one is configured. @throws errors of opening it */
  async open(options: AuditFileOptions | undefined): Promise<void> {
    if (options) this.#file = await (await import('./audit-file.js')).AuditFile.open(options);
  }

  /** Writes waiting records, and closes the file. */
  async close(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  /** Whether there is a file. */
  get writes(): boolean {
    return this.#file !== undefined;
  }

  /** Unhealthy since a record could not be written. */
  health(): HealthCheck {
    return this.#file?.health() ?? { healthy: true };
  }

  /** Adds a record with the current time. */
  record(fact: AuditedCall | AuditedLogin | AuditedRevocation): void {
    const record: AuditRecord = { at: this.#now(), ...fact };
    this.#file?.append(record);
    this.#events.emit(`audit:${record.kind}`, record).catch((error: unknown) => {
      this.#logger.error({ err: error }, 'cannot emit an audit event');
    });
  }
}
