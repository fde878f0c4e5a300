/** Manifests of services, for callers and their tools. */
import { idempotencyWindow } from '../middleware/idempotency.js';
import { digest } from '../util/digest.js';
import type { BoundService } from './call/bound-service.js';
import { Contract } from './declare/annotations.js';
import type { StandardSchema } from './declare/standard-schema.js';

/** One member in a manifest. */
export interface MemberManifest {
  readonly name: string;
  readonly kind: 'method' | 'stream' | 'property';
  readonly writable?: boolean;
  /** Milliseconds for which the idempotency keys of its calls are remembered. */
  readonly idempotencyWindow?: number;
  /** Published annotations by name. */
  readonly annotations?: Readonly<Record<string, unknown>>;
  /** JSON Schema 2020-12 of the arguments: of the only one, or of the array of all. */
  readonly input?: object;
  /** JSON Schema 2020-12 of the result, or of a stream's items. */
  readonly output?: object;
}

/** Manifest of a service: the data from which clients, documents and bridges are generated. */
export interface ServiceManifest {
  readonly name: string;
  readonly version: string;
  /** Changes whenever anything that a caller may rely on changes. */
  readonly fingerprint: string;
  readonly members: readonly MemberManifest[];
}

const manifests = new WeakMap<BoundService, ServiceManifest>();

/** Returns the manifest of a service, which is made once. */
export function manifestOf(service: BoundService): ServiceManifest {
  let manifest = manifests.get(service);
  if (manifest === undefined) {
    manifest = makeManifest(service);
    manifests.set(service, manifest);
  }
  return manifest;
}

function makeManifest({ definition, members: bound }: BoundService): ServiceManifest {
  const { name, version } = definition;
  const members = definition.members.map((member, number): MemberManifest => {
    const contract = bound[number]?.info.annotation(Contract);
    const input = schemaOf(contract?.input, 'input');
    const output = schemaOf(contract?.output, 'output');
    const { annotations } = member;
    const info = bound[number]?.info;
    const window = info === undefined ? 0 : idempotencyWindow(info);
    return {
      name: member.name,
      kind: member.kind,
      ...(member.writable === true && { writable: true }),
      ...(annotations !== undefined && Object.keys(annotations).length > 0 && { annotations }),
      ...(window > 0 && { idempotencyWindow: window }),
      ...(input !== undefined && { input }),
      ...(output !== undefined && { output }),
    };
  });
  const sorted = [...members].sort((a, b) => (a.name < b.name ? -1 : 1));
  return Object.freeze({ name, version, fingerprint: digest(JSON.stringify([name, version, sorted])), members });
}

/** The part of Standard JSON Schema that is used (https://standardschema.dev/json-schema). */
interface JsonSchemaSource {
  readonly jsonSchema?: {
    input?(options: object): unknown;
    output?(options: object): unknown;
  };
}

/** Returns the JSON Schema of a schema that can describe itself; dates and bigints are strings, as in natural JSON. */
function schemaOf(schema: StandardSchema | undefined, direction: 'input' | 'output'): object | undefined {
  const source = (schema?.['~standard'] as JsonSchemaSource | undefined)?.jsonSchema;
  try {
    const described = source?.[direction]?.({ target: 'draft-2020-12', libraryOptions });
    return typeof described === 'object' && described !== null ? described : undefined;
  } catch {
    // The library cannot describe one of the types: the schema is left out.
    return undefined;
  }
}

interface ZodOverride {
  readonly zodSchema: { readonly _zod: { readonly def: { readonly type: string } } };
  readonly jsonSchema: Record<string, unknown>;
}

/** Options for zod, which otherwise refuses to describe types that natural JSON writes as strings. */
const libraryOptions = {
  unrepresentable: 'any',
  override({ zodSchema, jsonSchema }: ZodOverride): void {
    const { type } = zodSchema._zod.def;
    if (type === 'date') Object.assign(jsonSchema, { type: 'string', format: 'date-time' });
    if (type === 'bigint') Object.assign(jsonSchema, { type: 'string', pattern: '^-?[0-9]+$' });
  },
};
