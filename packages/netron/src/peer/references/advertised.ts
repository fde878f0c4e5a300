/** Services announced in the hello, with their handles: looking one up by its name needs no request. */

import type { BoundService } from '../../service/call/bound-service.js';
import type { MemberDefinition } from '../../service/definition.js';
import { type DefinitionBody, definitionBody } from './definitions.js';

/** Approximate bytes of the definitions in a hello. */
const room = 4_096;

/** Some of a node's services; the first has handle 1. */
export interface Advertised {
  readonly services: readonly BoundService[];
  /** Their handles, by the objects behind them. */
  readonly handles: ReadonlyMap<object, number>;
  /** Their definitions in written form; absent when there are none. */
  readonly bodies: readonly DefinitionBody[] | undefined;
}

/** No services. */
export const nothingAdvertised: Advertised = { services: [], handles: new Map(), bodies: undefined };

/** Returns as many of `all` as there is room for, in the order in which they were exposed. */
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

/** Returns the approximate bytes of a member. */
function weightOf({ name, annotations }: MemberDefinition): number {
  return name.length + 4 + (annotations === undefined ? 0 : JSON.stringify(annotations).length);
}
