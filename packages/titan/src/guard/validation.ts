import {
  type Call,
  Contract,
  deriveCall,
  type Handler,
  type MemberInfo,
  NetronError,
  ValidationError,
} from '@omnitron-dev/netron';
import { isOfArguments } from '../schema/arguments-schema.js';
import { prototypeKey } from '../schema/prototype-key.js';
import type { Schema, SchemaIssue } from '../schema/schema.js';
import { withoutValue } from '../schema/without-value.js';
import { whenDone } from '../util/when-done.js';

type Result = { readonly value: unknown; readonly issues?: undefined } | { readonly issues: readonly SchemaIssue[] };

/** Issues that are told at most. */
const most = 20;

/**
 * Checks the arguments of members that have a contract, and hands on what their schemas give. Calls that do not fit fail with `invalid_argument`, which names
 * paths and expectations, no values; so do those whose schema throws, and those with a key named `__proto__` somewhere. Stands in the place `validation`.
 */
export function validateInput(next: Handler, member: MemberInfo): Handler {
  const input = member.annotation(Contract)?.input as Schema | undefined;
  if (!input) return next;
  const all = isOfArguments(input);
  const name = `${member.service}.${member.name}`;
  const { validate } = input['~standard'];
  const go = (call: Call, result: Result) => {
    if (result.issues) throw refusal(name, result.issues, all ? call.args : call.args[0]);
    return next(deriveCall(call, { args: all ? (result.value as unknown[]) : [result.value] }));
  };
  // What a schema throws may show what it was given.
  const failed = (cause: unknown): never => {
    throw new ValidationError(`${name}: input: cannot be validated`, { cause });
  };
  return (call) => {
    if (!all && call.args.length > 1) throw new ValidationError(`${name}: input: expected 1 argument, got ${call.args.length}`);
    const given = all ? call.args : call.args[0];
    const key = prototypeKey(given);
    if (key) throw refusal(name, [neverAccepted(key)], undefined);
    let result: Result | Promise<Result>;
    try {
      result = validate(all ? call.args.slice() : given);
    } catch (error) {
      return failed(error);
    }
    return result instanceof Promise ? result.catch(failed).then((settled) => go(call, settled)) : go(call, result);
  };
}

/** Schemas would drop such a key, or worse, and only some transports bring it: it is refused alike wherever a call comes from. */
const neverAccepted = (path: readonly PropertyKey[]): SchemaIssue => ({ path, message: 'is a name that is never accepted' });

function refusal(name: string, issues: readonly SchemaIssue[], value: unknown): NetronError {
  const told = issues.slice(0, most).map(({ message, path = [] }) => {
    const keys = path.map((part) => (typeof part === 'object' ? part.key : part));
    const found = keys.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | null | undefined)?.[key], value);
    return { path: ['input', ...keys].map(String).join('.'), message: withoutValue(message, found) };
  });
  const more = issues.length > most ? `; and ${issues.length - most} more` : '';
  const text = told.map(({ path, message }) => `${path}: ${message}`).join('; ');
  return new ValidationError(`${name}: ${text}${more}`, { details: { issues: told } });
}

/** Receives the paths of results that do not fit; callers are not told them. */
export type ReportMisfit = (member: string, paths: readonly string[]) => void;

/**
 * Checks the results of members that have a contract; of streams, each item. One that does not fit is the service's fault: the call fails with `internal`. Stands in the
 * place `output`.
 */
export function validateOutput(report: ReportMisfit) {
  return (next: Handler, member: MemberInfo): Handler => {
    const output = member.annotation(Contract)?.output as Schema | undefined;
    if (!output) return next;
    const name = `${member.service}.${member.name}`;
    const { validate } = output['~standard'];
    const accept = (result: Result): unknown => {
      if (!result.issues) return result.value;
      report(
        name,
        result.issues.map(({ path = [] }) =>
          ['output', ...path.map((part) => (typeof part === 'object' ? part.key : part))].map(String).join('.'),
        ),
      );
      throw new NetronError('internal', `${name}: the result does not fit its contract`);
    };
    const failed = (cause: unknown): never => {
      report(name, ['output']);
      throw new NetronError('internal', `${name}: the result does not fit its contract`, { cause });
    };
    const check = (value: unknown): unknown => {
      const key = prototypeKey(value);
      if (key) return accept({ issues: [neverAccepted(key)] });
      let result: Result | Promise<Result>;
      try {
        result = validate(value);
      } catch (error) {
        return failed(error);
      }
      return result instanceof Promise ? result.catch(failed).then(accept) : accept(result);
    };
    if (member.kind === 'stream') return (call) => whenDone(next(call), (stream) => checkedItems(stream, check));
    return (call) => whenDone(next(call), check);
  };
}

async function* checkedItems(result: unknown, check: (value: unknown) => unknown): AsyncGenerator<unknown> {
  for await (const item of (await result) as AsyncIterable<unknown>) yield await check(item);
}
