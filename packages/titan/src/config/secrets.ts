import { alternatives, steps } from '../schema/json-schema.js';
import type { JsonSchema } from '../schema/schema.js';
import { isSecretName } from '../util/secret-names.js';

/** Returns whether a value is a secret: by a name on its path, or because its JSON Schema has `writeOnly` or `format: 'password'`. */
export function isSecret(path: readonly PropertyKey[], schema?: JsonSchema): boolean {
  let at = schema ? [schema] : [];
  if (at.some((each) => isMarked(each, schema))) return true;
  for (const key of path) {
    if (typeof key === 'string' && isSecretName(key)) return true;
    at = at.flatMap((each) => steps(each, typeof key === 'number' ? key : String(key), schema));
    if (at.some((each) => isMarked(each, schema))) return true;
  }
  return false;
}

/** Whether one alternative of a value is a secret: then all are hidden. */
const isMarked = (schema: JsonSchema, root: JsonSchema | undefined): boolean =>
  [schema, ...alternatives(schema, root)].some(({ writeOnly, format }) => writeOnly === true || format === 'password');
