/**
 * Schemas of zod whose functions never throw nor reject. zod starts an asynchronous check to see whether a schema answers at
 * once, and drops the promise; it also drops the promises of checks behind a failed one, and beside one that throws. An
 * unhandled rejection exits the process, and no caller of the schema can handle it.
 */

/** The result of a check, or of an inner schema, in progress. */
interface Payload {
  value: unknown;
  readonly issues: object[];
}

/** A schema, or a check, of zod 4. */
export interface ZodSchema {
  readonly _zod: {
    readonly def: Definition;
    readonly constr: new (def: Definition) => ZodSchema;
    check?: (payload: Payload) => unknown;
  };
}

interface Definition {
  readonly type?: string;
  /** Kind of a check. */
  readonly check?: string;
  readonly checks?: readonly ZodSchema[];
  readonly shape?: Readonly<Record<string, ZodSchema>>;
  readonly getter?: () => ZodSchema;
  readonly transform?: Transform;
  readonly [part: string]: unknown;
}

type Transform = (value: unknown, payload: Payload) => unknown;

const isSchema = (value: unknown): value is ZodSchema => typeof value === 'object' && value !== null && '_zod' in value;

/** Kinds of checks that run functions or schemas of the program. */
const running: ReadonlySet<unknown> = new Set(['custom', 'overwrite', 'property', 'properties']);

/**
 * Returns a schema that behaves like `schema`, except that functions of the program that throw or reject count as failed
 * checks. A schema without such functions is returned as it is.
 */
export function guarded<S extends object>(schema: S): S {
  return isSchema(schema) && runsFunctions(schema, new Set()) ? (copyOf(schema, new Map()) as unknown as S) : schema;
}

/** Schemas that a definition holds. */
function partsOf(def: Definition): ZodSchema[] {
  const { shape = {}, getter } = def;
  const given = Object.values(Object.getOwnPropertyDescriptors(def)).flatMap(({ value }) => value as unknown);
  return [...given, ...Object.values(shape), ...(def.type === 'lazy' && getter ? [getter()] : [])].filter(isSchema);
}

function runsFunctions({ _zod: { def } }: ZodSchema, seen: Set<unknown>): boolean {
  if (seen.has(def)) return false;
  seen.add(def);
  return running.has(def.check) || def.transform !== undefined || partsOf(def).some((part) => runsFunctions(part, seen));
}

function copyOf(schema: ZodSchema, copies: Map<ZodSchema, ZodSchema>): ZodSchema {
  const known = copies.get(schema);
  if (known) return known;
  const { def, constr } = schema._zod;
  const copied = (value: unknown): unknown =>
    isSchema(value) ? copyOf(value, copies) : Array.isArray(value) ? value.map(copied) : value;
  const { checks, shape, getter, transform } = def;
  const changed: Record<string, unknown> = {
    ...(checks && { checks: checks.map(guardedCheck) }),
    ...(shape && { shape: copiedShape(shape, copies) }),
    ...(transform && { transform: guardedTransform(transform) }),
    // zod caches the value of the getter in the other object.
    ...(def.type === 'lazy' && getter && { getter: () => copyOf(getter(), copies), _cachedInner: undefined }),
  };
  const own = { ...changed };
  for (const [name, part] of Object.entries(Object.getOwnPropertyDescriptors(def))) {
    if (name in changed) continue;
    // Getters stay getters: a default value is created for each use.
    Object.defineProperty(own, name, 'value' in part ? { ...part, value: copied(part.value) } : part);
  }
  const copy = new constr(own as Definition);
  copies.set(schema, copy);
  // The schema's own one: its `instanceof` check is added after construction.
  if (schema._zod.check) copy._zod.check = heard(schema._zod.check);
  return copy;
}

/** Copies the members of an object when they are read: they may refer to the object itself. */
function copiedShape(shape: Readonly<Record<string, ZodSchema>>, copies: Map<ZodSchema, ZodSchema>): object {
  const members = Object.entries(shape).map(([key, member]) => [
    key,
    { get: () => copyOf(member, copies), enumerable: true, configurable: true },
  ]);
  return Object.defineProperties({}, Object.fromEntries(members));
}

function guardedCheck(check: ZodSchema): ZodSchema {
  const { _zod } = check;
  if (!_zod.check) return check;
  const own: object = Object.create(_zod, {
    check: { value: heard(_zod.check) },
    // `meta` and `describe` would register the copy, too.
    ...((_zod.def.check === 'meta' || _zod.def.check === 'describe') && { onattach: { value: [] } }),
  });
  return Object.create(check, { _zod: { value: own } }) as ZodSchema;
}

/** Returns a check that fails if it throws or rejects. */
function heard(check: (payload: Payload) => unknown): (payload: Payload) => unknown {
  return (payload) => {
    try {
      const answer = check(payload);
      return answer instanceof Promise ? answer.catch(() => refuse(payload)) : answer;
    } catch {
      return refuse(payload);
    }
  };
}

function guardedTransform(transform: Transform): Transform {
  return (value, payload) => {
    try {
      const answer = transform(value, payload);
      return answer instanceof Promise ? answer.catch(() => refuse(payload)) : answer;
    } catch {
      return refuse(payload);
    }
  };
}

/** Refuses a value without the text of the error, which may contain the value. */
function refuse({ value, issues }: Payload): undefined {
  issues.push({ code: 'custom', message: 'cannot be validated', input: value, path: [], continue: false });
}
