import type { Schema, SchemaIssue } from './schema.js';
import { guarded } from './zod-guard.js';

/** Result of a validation. */
export type Validated = { readonly value: unknown; readonly issues?: undefined } | { readonly issues: readonly SchemaIssue[] };

/** Validates a value with a schema. Throws, or rejects with, the errors of the schema. */
export type Validator = (value: unknown) => Validated | Promise<Validated>;

/** The asynchronous API of zod, which runs each check once. */
interface Later {
  safeParseAsync(
    value: unknown,
  ): Promise<
    | { readonly success: true; readonly data: unknown }
    | { readonly success: false; readonly error: { readonly issues: readonly SchemaIssue[] } }
  >;
}

/**
 * Creates the function that validates with a schema. No inner promise of a zod schema is left to reject: see `guarded`. Once
 * such a schema has answered asynchronously, only its asynchronous API is used. The schema is examined on first use, since
 * it may refer to later declarations.
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
