/** How connections to one address are made, and to whom. */
import { NetronError } from '../errors/netron-error.js';
import type { Hello } from './link/greeting.js';
import type { SessionBounds } from './session/session-bounds.js';

/** The node that an address has to lead to: its id, and the run of it. */
export interface ExpectedNode {
  readonly id: string;
  /** `peer.instance`. Default: any. */
  readonly instance?: string;
}

/** How one connection is made. */
export interface ConnectionSettings {
  /** Options that the transport reads. */
  readonly transportOptions: object;
  /** Credentials for the other node; a function is called for each connection. */
  readonly credentials: unknown;
  /** The node that has to be there. */
  readonly expect: ExpectedNode | undefined;
  /** Milliseconds for the credentials and a connection; what the credentials leave is the handshake's, too. */
  readonly timeout: number;
}

/** How connections to one address are made, one after another. */
export interface DialSettings extends ConnectionSettings {
  /** Attempts after a loss; `Infinity` for no end. */
  readonly attempts: number;
  /** Attempts for the first connection besides the first. */
  readonly firstAttempts: number;
  /** Upper bound of the first delay, in milliseconds. */
  readonly delay: number;
  /** Bounds of a session that outlives a lost connection; absent when none is wanted. */
  readonly session: SessionBounds | undefined;
}

/** @throws NetronError `failed_precondition` when the address leads to another node */
export function checkExpected(expect: ExpectedNode | undefined, { id, instance }: Hello, address: string): void {
  if (expect === undefined) return;
  const { id: expected, instance: run = instance } = expect;
  if (id === expected && instance === run) return;
  const found = id === expected ? `run '${instance ?? ''}' of it instead of '${run}'` : `'${id}'`;
  throw new NetronError('failed_precondition', `expected node '${expected}' at ${address}, found ${found}`);
}
