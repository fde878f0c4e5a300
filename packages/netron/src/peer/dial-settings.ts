/** Settings of connections to one address. */
import { NetronError } from '../errors/netron-error.js';
import type { Hello } from './link/greeting.js';
import type { SessionBounds } from './session/session-bounds.js';

/** The node that an address must lead to: its id and optionally one run of it. */
export interface ExpectedNode {
  readonly id: string;
  /** `peer.instance`. Default: any. */
  readonly instance?: string;
}

/** Settings of one connection. */
export interface ConnectionSettings {
  /** Options for the transport. */
  readonly transportOptions: object;
  /** Credentials for the other node; a function is called for each connection. */
  readonly credentials: unknown;
  /** The node that is expected at the address. */
  readonly expect: ExpectedNode | undefined;
  /** Milliseconds for obtaining the credentials and connecting; the handshake gets the time that the credentials leave. */
  readonly timeout: number;
}

/** Settings of successive connections to one address. */
export interface DialSettings extends ConnectionSettings {
  /** Attempts after a loss; `Infinity` for no limit. */
  readonly attempts: number;
  /** Further attempts for the first connection. */
  readonly firstAttempts: number;
  /** Upper bound of the first delay, in milliseconds. */
  readonly delay: number;
  /** Limits of a session that survives lost connections; absent when none is wanted. */
  readonly session: SessionBounds | undefined;
}

/** @throws NetronError `failed_precondition` when the address leads to another node */
export function checkExpected(expect: ExpectedNode | undefined, { id, instance }: Hello, address: string): void {
  if (expect === undefined) return;
  const { id: expected, instance: run = instance } = expect;
  if (id === expected && instance === run) return;
  const found = id === expected ? `its run '${instance ?? ''}' instead of '${run}'` : `'${id}'`;
  throw new NetronError('failed_precondition', `expected node '${expected}' at ${address}, found ${found}`);
}
