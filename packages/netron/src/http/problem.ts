/** Errors as problem details, and back: the same errors that travel over connections, by the same registry. */
import { type Code, codes, isCode } from '../errors/codes.js';
import { NetronError } from '../errors/netron-error.js';
import { outcomeOf } from '../errors/outcome.js';
import { httpStatus } from '../errors/remote-error.js';
import type { ErrorCodec, WireError } from '../errors/wire-error.js';
import { applyTags, readJson } from './read-json.js';
import { writeJson } from './write-json.js';

/**
 * `not_run`: the call was refused before the method began, so that it may be repeated whatever the method does. `unknown`: nobody waits for
 * the method any more, which may still run. A method that has ended with the error is not told of.
 */
export type Outcome = 'not_run' | 'unknown';

/** Returns what problem details say of the call that failed with `error`. */
export function toldOutcome(error: unknown): Outcome | undefined {
  return tellable(outcomeOf(error));
}

function tellable(outcome: unknown): Outcome | undefined {
  return outcome === 'not_run' || outcome === 'unknown' ? outcome : undefined;
}

/** Problem details, with what a Netron error has besides. */
export interface Problem {
  /** `urn:netron:` and the code. */
  readonly type: string;
  /** The code in words. */
  readonly title: string;
  readonly status: number;
  /** The error's message. */
  readonly detail: string;
  readonly code: string;
  /** Name of the error's class. */
  readonly name: string;
  /** Declared fields, as natural JSON. */
  readonly fields?: Readonly<Record<string, unknown>>;
  /** Tags of values in `fields` and `cause` that JSON cannot say. */
  readonly t?: readonly unknown[];
  readonly cause?: unknown;
  readonly outcome?: Outcome;
}

/** Facts that go with an error. */
export interface ProblemOptions {
  readonly errors: ErrorCodec;
  /** Default: that of the error's fields, else of its code, else 500. */
  readonly status?: number | undefined;
  readonly outcome?: Outcome | undefined;
}

/**
 * Writes anything that was thrown as problem details.
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

/** Fields and cause with their tags. They are copies of plain data, so that writing them cannot fail but by their depth. */
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
  // A status that says success or redirects is no status for an error.
  if (own !== undefined && own >= 400) return own;
  return isCode(code) ? codes[code].http : 500;
}

function titleOf(code: string): string {
  const words = code.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** An error that came with a response, and what is known of the call besides. */
export interface Failure {
  readonly error: Error;
  readonly outcome: Outcome | undefined;
  /** Whether the response was written by a Netron node; otherwise something between has answered. */
  readonly known: boolean;
}

/**
 * Reads the body of a response whose status says that the call has failed.
 *
 * @param text whatever the body was: a gateway's page as well
 */
export function readProblem(text: string, status: number, errors: ErrorCodec): Failure {
  const problem = problemIn(text, errors);
  if (problem === undefined) return { error: foreignFailure(status), outcome: undefined, known: false };
  const { code, name, detail, fields, cause, outcome } = problem;
  const wire = { name, code, message: detail, fields, cause } as unknown as WireError;
  return { error: errors.decode(wire), outcome: tellable(outcome), known: true };
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

/** The error for a status without problem details: of a proxy, a gateway, or of no Netron node at all. */
function foreignFailure(status: number): NetronError {
  const code = byStatus.get(status) ?? (status >= 500 ? 'unavailable' : 'unknown');
  return new NetronError(code, `the server answered ${status} without problem details`);
}

/** Codes by the statuses that proxies and gateways answer with on their own. */
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
