/** Descriptions of services as the server sends them: members and their annotations. */
import { NetronError, type ServiceDefinition } from '@omnitron-dev/netron/http/client';

/** The published description of a member. */
export interface MemberFacts {
  readonly name: string;
  readonly kind: 'method' | 'stream' | 'property';
  readonly writable: boolean;
  /** Whether a call changes nothing. */
  readonly safe: boolean;
  /** Whether a call may run twice without harm. */
  readonly idempotent: boolean;
  /** Milliseconds for which a result is fresh; `undefined` when the server declares nothing. */
  readonly maxAge: number | undefined;
  readonly tags: readonly string[];
  /** Tags that a call invalidates. */
  readonly invalidates: readonly string[];
  /** Milliseconds for which the server remembers idempotency keys; 0 when it does not. */
  readonly idempotencyWindow: number;
  /** Remembered keys of its reads, by their only argument. */
  readonly keys: Map<unknown, { readonly owner: string; readonly key: string }>;
}

/** One service as its server describes it. */
export interface ServiceFacts {
  /** Name as the caller wrote it: with a version or range, or without. */
  readonly query: string;
  readonly definition: ServiceDefinition;
  /** In the order of `definition.members`. */
  readonly members: readonly MemberFacts[];
  readonly byName: ReadonlyMap<string, MemberFacts>;
  /** Version and fingerprint, in the form of the `Netron-Contract` header. */
  readonly contract: string | undefined;
}

/**
 * Parses a description.
 *
 * @throws NetronError `data_loss` when it is not valid
 */
export function readFacts(query: string, manifest: unknown): ServiceFacts {
  if (!isRecord(manifest) || typeof manifest.name !== 'string' || !Array.isArray(manifest.members)) {
    throw new NetronError('data_loss', `cannot read the description of service '${query}'`);
  }
  // A member named `then` would be called when a program awaits the service.
  const members = manifest.members.filter((member) => isRecord(member) && member.name !== 'then').map(factsOf);
  const byName = new Map(members.map((member) => [member.name, member]));
  if (byName.size < members.length)
    throw new NetronError('data_loss', `the description of service '${query}' has a duplicate member`);
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
    keys: new Map(),
  };
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
