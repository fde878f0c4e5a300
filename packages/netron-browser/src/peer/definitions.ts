/** Descriptions of services as the server gives them: members and their annotations. */
import { NetronError, type ServiceDefinition } from '@omnitron-dev/netron/http/client';

/** Published facts of a member. */
export interface MemberFacts {
  readonly name: string;
  readonly kind: 'method' | 'stream' | 'property';
  readonly writable: boolean;
  /** Changes nothing. */
  readonly safe: boolean;
  /** May run twice without harm. */
  readonly idempotent: boolean;
  /** Milliseconds for which a result is fresh; `undefined` when nothing is said. */
  readonly maxAge: number | undefined;
  readonly tags: readonly string[];
  /** Tags of what a call makes out of date. */
  readonly invalidates: readonly string[];
  /** Milliseconds for which the server remembers keys of calls; 0 when it does not. */
  readonly idempotencyWindow: number;
}

/** One service as its server describes it. */
export interface ServiceFacts {
  /** As it was asked for: with version or range, or without. */
  readonly query: string;
  readonly definition: ServiceDefinition;
  /** In the order of `definition.members`. */
  readonly members: readonly MemberFacts[];
  readonly byName: ReadonlyMap<string, MemberFacts>;
  /** Version and fingerprint, as the server may be told them. */
  readonly contract: string | undefined;
}

/**
 * Reads a description.
 *
 * @throws NetronError `data_loss` when it is none
 */
export function readFacts(query: string, manifest: unknown): ServiceFacts {
  if (!isRecord(manifest) || typeof manifest.name !== 'string' || !Array.isArray(manifest.members)) {
    throw new NetronError('data_loss', `the description of service '${query}' cannot be read`);
  }
  // No server has a member of this name; whoever awaits the service would call it.
  const members = manifest.members.filter((member) => isRecord(member) && member.name !== 'then').map(factsOf);
  const byName = new Map(members.map((member) => [member.name, member]));
  if (byName.size < members.length) throw new NetronError('data_loss', `service '${query}' is described with a member twice`);
  const definition: ServiceDefinition = {
    name: manifest.name,
    version: typeof manifest.version === 'string' ? manifest.version : '',
    members: members.map(({ name, kind, writable }) => (writable ? { name, kind, writable } : { name, kind })),
  };
  return {
    query,
    definition,
    members,
    byName,
    contract: typeof manifest.fingerprint === 'string' ? `${definition.version};${manifest.fingerprint}` : undefined,
  };
}

function factsOf(member: Record<string, unknown>): MemberFacts {
  const annotations = isRecord(member.annotations) ? member.annotations : {};
  const cache = isRecord(annotations.cache) ? annotations.cache : undefined;
  const kind = member.kind === 'stream' || member.kind === 'property' ? member.kind : 'method';
  const safe = annotations.safe === true || cache !== undefined;
  return {
    name: String(member.name),
    kind,
    writable: member.writable === true,
    safe,
    idempotent: safe || annotations.idempotent === true,
    maxAge: typeof cache?.ttl === 'number' ? cache.ttl * 1_000 : undefined,
    tags: texts(cache?.tags),
    invalidates: texts(annotations.invalidates),
    idempotencyWindow: typeof member.idempotencyWindow === 'number' ? member.idempotencyWindow : 0,
  };
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
