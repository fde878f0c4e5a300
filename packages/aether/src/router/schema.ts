/** A Standard Schema: zod, valibot, arktype and others implement it. */
export interface Schema<Out = unknown> {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => SchemaResult<Out> | Promise<SchemaResult<Out>>;
    readonly types?: { readonly input: unknown; readonly output: Out } | undefined;
  };
}

type SchemaResult<Out> =
  | { readonly value: Out; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string; readonly path?: readonly unknown[] | undefined }[] };

/**
 * Validates a value.
 *
 * @throws TypeError with the paths and messages of the schema
 */
export async function validate<Out>(schema: Schema<Out>, value: unknown, what: string): Promise<Out> {
  const result = await schema['~standard'].validate(value);
  if (result.issues === undefined) return result.value;
  const issues = result.issues.map(({ message, path = [] }) => `${path.map(keyOf).join('.') || what}: ${message}`);
  throw new TypeError(issues.join('; '));
}

const keyOf = (key: unknown): string =>
  String(typeof key === 'object' && key !== null && 'key' in key ? (key as { key: unknown }).key : key);

/** Parses a query: strings by name, lists for repeated names. */
export function readQuery(query: URLSearchParams): Record<string, string | string[]> {
  const values: Record<string, string | string[]> = Object.create(null) as Record<string, string | string[]>;
  for (const name of new Set(query.keys())) {
    const all = query.getAll(name);
    values[name] = all.length === 1 ? (all[0] as string) : all;
  }
  return values;
}

/** Writes a query. `undefined` and `null` are left out. */
export function writeQuery(values: Readonly<Record<string, unknown>>): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    for (const each of Array.isArray(value) ? (value as unknown[]) : [value]) {
      if (each !== undefined && each !== null) query.append(name, String(each));
    }
  }
  const text = query.toString();
  return text === '' ? '' : `?${text}`;
}
