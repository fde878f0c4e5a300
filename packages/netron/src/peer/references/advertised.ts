/** Services that hello brings along, with the handles they have: who asks for one by its name has it without asking. */

import type { BoundService } from '../../service/call/bound-service.js';
import type { MemberDefinition } from '../../service/definition.js';
import { type DefinitionBody, definitionBody } from './definitions.js';

/** Bytes of the definitions in a hello, about. */
const room = 4_096;

/** Some of a node's services; the first has handle 1. */
export interface Advertised {
  readonly services: readonly BoundService[];
  /** Their handles, by the objects behind them. */
  readonly handles: ReadonlyMap<object, number>;
  /** Their definitions, as they are written; absent when there are none. */
  readonly bodies: readonly DefinitionBody[] | undefined;
}

/** None. */
export const nothingAdvertised: Advertised = { services: [], handles: new Map(), bodies: undefined };

/** As many of `all` as there is room for, in the order in which they were exposed. */
export function advertise(all: Iterable<BoundService>): Advertised {
  const services: BoundService[] = [];
  let left = room;
  for (const bound of all) {
    const { name, version, members } = bound.definition;
    left -= members.reduce((sum, member) => sum + weightOf(member), name.length + version.length + 8);
    if (left < 0) break;
    services.push(bound);
  }
  if (services.length === 0) return nothingAdvertised;
  return {
    services,
    handles: new Map(services.map(({ target }, number) => [target, number + 1])),
    bodies: services.map(({ definition }) => definitionBody(definition)),
  };
}

/** Bytes of a member, about. */
function weightOf({ name, annotations }: MemberDefinition): number {
  return name.length + 4 + (annotations === undefined ? 0 : JSON.stringify(annotations).length);
}
