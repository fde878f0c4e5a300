import {
  type Call,
  Contract,
  deriveCall,
  type Handler,
  type MemberInfo,
  NetronError,
  streamResult,
  ValidationError,
} from '@omnitron-dev/netron';
import { isOfArguments } from '../schema/arguments-schema.js';
import { prototypeKey } from '../schema/prototype-key.js';
import type { Schema, SchemaIssue } from '../schema/schema.js';
import { type Validated, validatorOf } from '../schema/validator.js';
import { withoutValue } from '../schema/without-value.js';
import { whenDone } from '../util/when-done.js';

/** Largest number of issues in an error. */
const most = 20;

/**
 * Validates the arguments of members with a contract, and passes on the outputs of their schemas. Invalid calls fail with
 * `invalid_argument`, which names paths and expected types, no values; so do calls whose schema throws, and those with a key
 * named `__proto__` anywhere. Runs at the position `validation`.
 */
export function validateInput(next: Handler, member: MemberInfo): Handler {
  const input = member.annotation(Contract)?.input as Schema | undefined;
  if (!input) return next;
  const all = isOfArguments(input);
  const name = `${member.service}.${member.name}`;
  const validate = validatorOf(input);
  const go = (call: Call, result: Validated) => {
    if (result.issues) throw refusal(name, result.issues, all ? call.args : call.args[0]);
    return next(deriveCall(call, { args: all ? (result.value as unknown[]) : [result.value] }));
  };
  // The error of a schema may contain the value.
  const failed = (cause: unknown): never => {
    throw new ValidationError(`${name}: input: cannot be validated`, { cause });
  };
  return (call) => {
    if (!all && call.args.length > 1) throw new ValidationError(`${name}: input: expected 1 argument, got ${call.args.length}`);
    const given = all ? call.args : call.args[0];
    const key = prototypeKey(given);
    if (key) throw refusal(name, [neverAccepted(key)], undefined);
    let result: Validated | Promise<Validated>;
    try {
      result = validate(all ? call.args.slice() : given);
    } catch (error) {
      return failed(error);
    }
    return result instanceof Promise ? result.catch(failed).then((settled) => go(call, settled)) : go(call, result);
  };
}

/** Refuses such a key on every transport: schemas would drop it, or worse, and only some transports can carry it. */
const neverAccepted = (path: readonly PropertyKey[]): SchemaIssue => ({ path, message: 'is a forbidden key' });

const keysOf = (path: NonNullable<SchemaIssue['path']>): PropertyKey[] =>
  path.map((part) => (typeof part === 'object' ? part.key : part));

function refusal(name: string, issues: readonly SchemaIssue[], value: unknown): NetronError {
  const told = issues.slice(0, most).map(({ message, path = [] }) => {
    const keys = keysOf(path);
    const found = keys.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | null | undefined)?.[key], value);
    return { path: ['input', ...keys].map(String).join('.'), message: withoutValue(message, found) };
  });
  const more = issues.length > most ? `; and ${issues.length - most} more` : '';
  const text = told.map(({ path, message }) => `${path}: ${message}`).join('; ');
  return new ValidationError(`${name}: ${text}${more}`, { details: { issues: told } });
}

/** Receives the paths of invalid results; callers do not see them. */
export type ReportMisfit = (member: string, paths: readonly string[]) => void;

/**
 * Validates the results of members with a contract, and each item of streams. An invalid result is the service's fault: the
 * call fails with `internal`. Reports results that should be streams but are not, which the core refuses. Runs at the
 * position `output`.
 */
export function validateOutput(report: ReportMisfit) {
  return (next: Handler, member: MemberInfo): Handler => {
    const output = member.annotation(Contract)?.output as Schema | undefined;
    const isStream = member.kind === 'stream';
    if (!output && !isStream) return next;
    const name = `${member.service}.${member.name}`;
    const misfit = (paths: readonly string[], cause?: unknown): never => {
      report(name, paths);
      throw new NetronError('internal', `${name}: the result does not match its contract`, cause === undefined ? {} : { cause });
    };
    const check = output && checkOf(output, misfit);
    if (!isStream) return (call) => whenDone(next(call), check!);
    const opened = (result: unknown): unknown => {
      try {
        const items = streamResult(member, result);
        return check ? checkedItems(items, check) : items;
      } catch (error) {
        report(name, ['output']);
        throw error;
      }
    };
    return (call) => whenDone(next(call), opened);
  };
}

/** Reports and refuses an invalid result. */
type Misfit = (paths: readonly string[], cause?: unknown) => never;

/** Creates a function that validates one result, or one item of a stream, and returns the output of its schema. */
function checkOf(output: Schema, misfit: Misfit): (value: unknown) => unknown {
  const accept = (result: Validated): unknown => {
    if (!result.issues) return result.value;
    return misfit(result.issues.map(({ path = [] }) => ['output', ...keysOf(path)].map(String).join('.')));
  };
  const failed = (cause: unknown): never => misfit(['output'], cause);
  const validate = validatorOf(output);
  return (value) => {
    const key = prototypeKey(value);
    if (key) return accept({ issues: [neverAccepted(key)] });
    let result: Validated | Promise<Validated>;
    try {
      result = validate(value);
    } catch (error) {
      return failed(error);
    }
    return result instanceof Promise ? result.catch(failed).then(accept) : accept(result);
  };
}

async function* checkedItems(result: AsyncIterable<unknown> | Iterable<unknown>, check: (value: unknown) => unknown) {
  for await (const item of result) yield await check(item);
}
