import { jsonSchemaOf, type Schema } from './schema.js';
import { type Validated, type Validator, validatorOf } from './validator.js';

/** Marks a schema of the list of all arguments. A registered symbol: other packages read it. */
export const ofArguments: unique symbol = Symbol.for('netron.arguments') as never;

/** Combines one schema per argument into a schema of the list of all arguments. Issues begin with the position. */
export function argumentsSchema(schemas: readonly Schema[]): Schema<unknown[], unknown[]> {
  const validators = schemas.map(validatorOf);
  const json = (side: 'input' | 'output') => () => ({
    type: 'array',
    prefixItems: schemas.map((schema) => {
      // Each library declares a draft for each schema: the list has a single one.
      const { $schema: _, ...item } = jsonSchemaOf(schema, side) ?? {};
      return item;
    }),
    minItems: validators.findLastIndex((ask) => !takesNothing(ask)) + 1,
    maxItems: schemas.length,
  });
  const validate = (value: unknown) => {
    if (!Array.isArray(value)) return { issues: [{ message: 'expected an array of arguments' }] };
    if (value.length > schemas.length)
      return { issues: [{ message: `expected ${schemas.length} arguments, got ${value.length}` }] };
    const results = validators.map((ask, index) => begun(ask, value[index]));
    return results.some((result) => result instanceof Promise)
      ? Promise.all(results).then(joined)
      : joined(results as Validated[]);
  };
  return {
    [ofArguments]: true,
    '~standard': { version: 1, vendor: 'titan', validate, jsonSchema: { input: json('input'), output: json('output') } },
  } as Schema<unknown[], unknown[]>;
}

/** Returns whether an argument may be omitted. */
function takesNothing(ask: Validator): boolean {
  const result = begun(ask, undefined);
  if (!(result instanceof Promise)) return result.issues === undefined;
  // Only its synchronous answer matters here.
  result.catch(() => {});
  return false;
}

/** Starts a validation. One that throws rejects, so that the others are awaited: otherwise their failures would be unhandled. */
function begun(ask: Validator, value: unknown): ReturnType<Validator> {
  try {
    return ask(value);
  } catch (error) {
    return Promise.reject(error);
  }
}

function joined(results: readonly Validated[]) {
  const issues = results.flatMap((result, index) =>
    (result.issues ?? []).map((issue) => ({ ...issue, path: [index, ...(issue.path ?? [])] })),
  );
  return issues.length > 0 ? { issues } : { value: results.map((result) => (result as { value: unknown }).value) };
}

/** Returns whether a schema describes the list of all arguments, rather than the only one. */
export const isOfArguments = (schema: object): boolean => (schema as { [ofArguments]?: boolean })[ofArguments] === true;
