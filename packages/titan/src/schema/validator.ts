import type { Schema, SchemaIssue } from './schema.js';
import { guarded } from './zod-guard.js';

/** The answer of a schema. */
export type Validated = { readonly value: unknown; readonly issues?: undefined } | { readonly issues: readonly SchemaIssue[] };

/** Asks a schema about a value. Throws, or rejects, what the schema does. */
export type Validator = (value: unknown) => Validated | Promise<Validated>;

/** The asynchronous way of zod, which runs each check once. */
interface Later {
  safeParseAsync(
    value: unknown,
  ): Promise<
    | { readonly success: true; readonly data: unknown }
    | { readonly success: false; readonly error: { readonly issues: readonly SchemaIssue[] } }
  >;
}

/**
 * Makes the function that asks a schema. No promise that a schema of zod makes on the way is left to reject: see `guarded`. Once such a schema has answered later, it is asked
 * in its asynchronous way alone. The schema is looked at when it is asked first: it may refer to what is declared after it.
 */
export function validatorOf(schema: Schema): Validator {
  let ask: Validator = (value) => {
    ask = schema['~standard'].vendor === 'zod' ? zodValidator(schema) : (given) => schema['~standard'].validate(given);
    return ask(value);
  };
  return (value) => ask(value);
}

function zodValidator(schema: Schema): Validator {
  const safe = guarded(schema);
  const { validate } = safe['~standard'];
  if (safe === schema) return validate;
  let answersLater = false;
  return (value) => {
    if (answersLater) return later(safe as unknown as Later, value);
    const answer = validate(value);
    answersLater = answer instanceof Promise && 'safeParseAsync' in safe;
    return answer;
  };
}

async function later(schema: Later, value: unknown): Promise<Validated> {
  const result = await schema.safeParseAsync(value);
  return result.success ? { value: result.data } : { issues: result.error.issues };
}
