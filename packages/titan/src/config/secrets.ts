import { step } from '../schema/json-schema.js';
import type { JsonSchema } from '../schema/schema.js';
import { isSecretName } from '../util/secret-names.js';

/** Whether a value is a secret: by a name on its way, or because its JSON Schema says `writeOnly` or `format: 'password'`. */
export function isSecret(path: readonly PropertyKey[], schema?: JsonSchema): boolean {
  let at = schema;
  for (const key of path) {
    if (typeof key === 'string' && isSecretName(key)) return true;
    at = step(at, typeof key === 'number' ? key : String(key), schema);
    if (at?.writeOnly === true || at?.format === 'password') return true;
  }
  return false;
}
