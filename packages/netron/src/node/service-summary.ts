import type { BoundService } from '../service/call/bound-service.js';
import { Contract, type MemberContract } from '../service/declare/annotations.js';
import type { StandardSchema } from '../service/declare/standard-schema.js';
import type { MemberDefinition } from '../service/definition.js';

/** Summary of a service, for instance for a developer UI. */
export interface ServiceSummary {
  readonly name: string;
  readonly version: string;
  /** Names of the methods, streams included. */
  getMethods(): string[];
  /**
   * JSON Schemas, by name, of the members that have a contract: of the arguments (of the list of all, if there are several) and of the result,
   * or of a stream's items. A side whose schema library offers no JSON Schema is left out.
   */
  getContracts(): Record<string, { readonly input?: object; readonly output?: object }>;
  /** Every public member. */
  getSchema(): { readonly name: string; readonly version: string; readonly members: readonly MemberDefinition[] };
}

export function describeService({ definition, members: bound }: BoundService): ServiceSummary {
  const { name, version, members } = definition;
  return {
    name,
    version,
    getMethods: () => members.filter(({ kind }) => kind !== 'property').map((member) => member.name),
    getContracts: () => Object.fromEntries(bound.flatMap(({ name, info }) => contractOf(name, info.annotation(Contract)))),
    getSchema: () => definition,
  };
}

function contractOf(name: string, contract: MemberContract | undefined): [string, { input?: object; output?: object }][] {
  if (contract === undefined) return [];
  const input = jsonSchemaOf(contract.input, 'input');
  const output = jsonSchemaOf(contract.output, 'output');
  return [[name, { ...(input && { input }), ...(output && { output }) }]];
}

/** Options by which zod describes values that JSON Schema has no type for as "any" instead of failing. */
const options = { target: 'draft-2020-12', libraryOptions: { unrepresentable: 'any' } } as const;

/** Returns a schema as its library describes it (https://standardschema.dev/json-schema); `undefined` when the library does not support that. */
function jsonSchemaOf(schema: StandardSchema | undefined, side: 'input' | 'output'): object | undefined {
  const described = schema?.['~standard'] as { jsonSchema?: Record<typeof side, (given: typeof options) => object> } | undefined;
  try {
    return described?.jsonSchema?.[side](options);
  } catch {
    return undefined;
  }
}
