/** Converts errors to problem details and back, with the same registry as on connections. */
import { type Code, codes, isCode } from '../errors/codes.js';
import { NetronError } from '../errors/netron-error.js';
import { outcomeOf } from '../errors/outcome.js';
import { httpStatus } from '../errors/remote-error.js';
import type { ErrorCodec, WireError } from '../errors/wire-error.js';
import { applyTags, readJson } from './read-json.js';
import { writeJson } from './write-json.js';

/**
 * `not_run`: the call was refused before the method started, so that it may be retried whatever the method does. `unknown`: the method may
 * still be running, although its caller no longer waits. Absent when the method itself ended with the error.
 */
export type Outcome = 'not_run' | 'unknown';

/** Returns the outcome to report for a call that failed with `error`. */
export function reportedOutcome(error: unknown): Outcome | undefined {
  return reported(outcomeOf(error));
}

function reported(outcome: unknown): Outcome | undefined {
  return outcome === 'not_run' || outcome === 'unknown' ? outcome : undefined;
}

/** Problem details with the additional members of a Netron error. */
export interface Problem {
  /** `urn:netron:` followed by the code. */
  readonly type: string;
  /** The code in words. */
  readonly title: string;
  readonly status: number;
  /** The error's message. */
  readonly detail: string;
  readonly code: string;
  /** Name of the error's class. */
  readonly name: string;
  /** Declared fields as natural JSON. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** Tags for values in `fields` and `cause` that JSON lacks. */
  readonly t?: readonly unknown[];
  readonly cause?: unknown;
  readonly outcome?: Outcome;
}

/** Facts that accompany an error. */
export interface ProblemOptions {
  readonly errors: ErrorCodec;
  /** Default: the status in the error's fields, otherwise that of its code, otherwise 500. */
  readonly status?: number | undefined;
  readonly outcome?: Outcome | undefined;
}

/**
 * Converts anything thrown to problem details.
 *
 * @source https://www.rfc-editor.org/rfc/rfc9457
 */
export function writeProblem(thrown: unknown, options: ProblemOptions): { readonly status: number; readonly body: string } {
  const { errors, outcome } = options;
  const wire = errors.encode(thrown);
  const status = options.status ?? statusOf(wire);
  const head = { type: `urn:netron:${wire.code}`, title: titleOf(wire.code), status, detail: wire.message };
  const { code, name, fields, cause } = wire;
  const tail = { code, name, ...(outcome && { outcome }) };
  if (fields === undefined && cause === undefined) return { status, body: JSON.stringify({ ...head, ...tail }) };
  return { status, body: JSON.stringify({ ...head, ...tail, ...dataOf({ fields, cause }) }) };
}

/** Returns fields and cause with their tags. They are copies of plain data, so that only their depth can make writing fail. */
function dataOf(data: object): object {
  try {
    const { v, t } = JSON.parse(writeJson(withoutUndefined(data), { rich: true })) as { v: object; t?: unknown[] };
    return t === undefined ? v : { ...v, t };
  } catch {
    return {};
  }
}

function withoutUndefined(data: object): object {
  return Object.fromEntries(
    Object.entries(data)
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => [key, key === 'cause' ? withoutUndefined(value as object) : value]),
  );
}

function statusOf({ code, fields = {} }: WireError): number {
  const own = httpStatus(fields.statusCode) ?? httpStatus(fields.status);
  // A success or redirect status is not valid for an error.
  if (own !== undefined && own >= 400) return own;
  return isCode(code) ? codes[code].http : 500;
}

function titleOf(code: string): string {
  const words = code.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** An error from a response, and what else is known about the call. */
export interface Failure {
  readonly error: Error;
  readonly outcome: Outcome | undefined;
  /** Whether a Netron node wrote the response; otherwise a server in between did. */
  readonly known: boolean;
}

/**
 * Reads the error from a response with an error status.
 *
 * @param text the body, which may also be the page of a gateway
 */
export function readProblem(text: string, status: number, errors: ErrorCodec): Failure {
  const problem = problemIn(text, errors);
  if (problem === undefined) return { error: foreignFailure(status), outcome: undefined, known: false };
  const { code, name, detail, fields, cause, outcome } = problem;
  const wire = { name, code, message: detail, fields, cause } as unknown as WireError;
  return { error: errors.decode(wire), outcome: reported(outcome), known: true };
}

function problemIn(text: string, errors: ErrorCodec): Record<string, unknown> | undefined {
  try {
    const problem = readJson(text, { rich: false }) as Record<string, unknown> | null;
    if (typeof problem !== 'object' || problem === null || typeof problem.code !== 'string') return undefined;
    if (problem.t !== undefined) applyTags({ v: problem }, problem.t, errors);
    return problem;
  } catch {
    return undefined;
  }
}

/** Returns the error for a status without problem details, from a proxy, a gateway, or another server. */
function foreignFailure(status: number): NetronError {
  const code = byStatus.get(status) ?? (status >= 500 ? 'unavailable' : 'unknown');
  return new NetronError(code, `the server responded with ${status} without problem details`);
}

/** Codes for the statuses that proxies and gateways use on their own. */
const byStatus: ReadonlyMap<number, Code> = new Map([
  [400, 'invalid_argument'],
  [401, 'unauthenticated'],
  [403, 'permission_denied'],
  [404, 'not_found'],
  [405, 'unimplemented'],
  [408, 'deadline_exceeded'],
  [413, 'resource_exhausted'],
  [429, 'resource_exhausted'],
  [500, 'unknown'],
  [501, 'unimplemented'],
  [504, 'deadline_exceeded'],
]);
