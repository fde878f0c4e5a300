import type { BoundService } from '../service/call/bound-service.js';
import type { MemberDefinition } from '../service/definition.js';

/** What a node says of one of its services, for instance to a developer UI (MISSION NC-11). */
export interface ServiceSummary {
  readonly name: string;
  readonly version: string;
  /** Names of the methods, streams included. */
  getMethods(): string[];
  /** Every public member. */
  getSchema(): { readonly name: string; readonly version: string; readonly members: readonly MemberDefinition[] };
}

export function describeService({ definition }: BoundService): ServiceSummary {
  const { name, version, members } = definition;
  return {
    name,
    version,
    getMethods: () => members.filter(({ kind }) => kind !== 'property').map((member) => member.name),
    getSchema: () => definition,
  };
}
