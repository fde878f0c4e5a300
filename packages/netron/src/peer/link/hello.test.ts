import { describe, expect, it } from 'vitest';
import { defaultLimits, helloLimit } from '../../wire/limits.js';
import type { PeerNode } from '../peer-node.js';
import { nothingAdvertised } from '../references/advertised.js';
import { allParts } from './all-parts.js';
import { newPeerKey, ownHello, resumeFeature } from './hello.js';
import { announcedLimits, partsFeature } from './message-limits.js';

const caller = { id: 'other', identity: undefined };
const advertised = { ...nothingAdvertised, bodies: [] };

function node(services: readonly string[] = [], changes: Partial<PeerNode> = {}): PeerNode {
  const made: Partial<PeerNode> = {
    id: 'node',
    instance: 'run',
    started: 1,
    metadata: { zone: 'a' },
    announced: announcedLimits({}, defaultLimits),
    parts: { ...allParts },
    cycles: false,
    compression: undefined,
    values: undefined,
    services: { names: () => services } as unknown as PeerNode['services'],
    advertised: () => advertised,
    ...changes,
  };
  return made as PeerNode;
}

const features = (of: PeerNode, asked?: readonly string[]): readonly string[] =>
  ownHello(of, { caller, ...(asked && { asked }) }).hello.features;

describe('the hello of a node', () => {
  it('describes the node, without a key, session or credentials that were not given', () => {
    const { hello } = ownHello(node(['calc@1.0.0']), { caller });
    expect(hello).toMatchObject({ id: 'node', instance: 'run', started: 1, metadata: { zone: 'a' }, services: ['calc@1.0.0'] });
    expect([hello.ordinal, hello.session, hello.next, hello.received, hello.credentials]).toEqual([
      1,
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  it('carries key, credentials and the place in a session', () => {
    const peerKey = newPeerKey(3, (length) => new Uint8Array(length).fill(length));
    const next = new Uint8Array(16);
    const { hello } = ownHello(node(), { caller, peerKey, credentials: 'secret', session: { next, received: 7 } });
    expect(hello).toMatchObject({ ordinal: 3, session: new Uint8Array(16).fill(16), next, received: 7, credentials: 'secret' });
    expect(hello.features).toContain(resumeFeature);
  });

  it('has no expiry for an identity without one', () => {
    const expiry = (expiresInMs: number) => ownHello(node(), { caller, expiresInMs }).hello.expiresInMs;
    expect([expiry(Infinity), expiry(5_000)]).toEqual([undefined, 5_000]);
  });

  it('names all features as the first end, and as the second only the requested ones', () => {
    const made = node([], { cycles: true });
    expect(features(made)).toEqual(['outcome', partsFeature, 'results', 'writable', 'traces', 'doubt', 'graphs']);
    expect(features(made, ['graphs', 'of a later version', 'results'])).toEqual(['results', 'graphs']);
    expect(features(made, [])).toEqual([]);
  });

  it('does not name features of parts that the node does not have', () => {
    const { longMessages: _, ...parts } = allParts;
    expect(features(node([], { parts }))).toEqual(['outcome', 'results', 'writable', 'traces', 'doubt']);
  });

  it('has as many names as fit; with only some of them it has no definitions', () => {
    const few = ['a@1.0.0', 'b@1.0.0'];
    expect(ownHello(node(few), { caller })).toMatchObject({ hello: { services: few }, advertised });
    const many = Array.from({ length: 10_000 }, (_, index) => `service-${index}@1.0.0`);
    const { hello, advertised: with_ } = ownHello(node(many), { caller });
    expect(hello.services).toEqual(many.slice(0, hello.services.length));
    const bytes = hello.services.reduce((sum, name) => sum + name.length + 3, 0);
    expect(bytes).toBeLessThanOrEqual(helloLimit / 4);
    expect(bytes).toBeGreaterThan(helloLimit / 4 - 100);
    expect([with_, hello.offers]).toEqual([nothingAdvertised, undefined]);
  });
});
