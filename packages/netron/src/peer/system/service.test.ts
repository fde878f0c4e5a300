import { describe, expect, it } from 'vitest';
import { bindFunction } from '../../service/call/bound-service.js';
import type { Authenticated } from '../identity.js';
import { ByReference } from '../references/by-reference.js';
import type { RemotePeer } from '../remote-peer.js';
import type { SystemLink } from './binding.js';
import { systemMembers } from './members.js';
import { type SystemParts, systemService } from './service.js';

/** A node's own service, the calls of its parts, and a peer that calls it. */
function serving(authenticate?: SystemParts['authenticate']) {
  const log: unknown[][] = [];
  const note =
    (name: string) =>
    (...args: unknown[]): never => {
      log.push([name, ...args]);
      return undefined as never;
    };
  const link = {
    connection: { remoteAddress: 'tcp://127.0.0.1:1', certificate: undefined },
    publisher: { accept: note('accept'), drop: note('drop') },
    subscriptions: { answer: note('answer') },
    outgoingStreams: { step: note('step') },
  };
  const peer = {
    id: 'peer',
    identity: undefined as unknown,
    link: link as unknown,
    node: { dispatcher: { run: note('run') } },
    identify: (identity: unknown) => {
      peer.identity = identity;
    },
  };
  const found = bindFunction(() => 1, undefined);
  const parts: SystemParts = {
    describe: (query) => Promise.resolve(note('describe')(query)),
    resolve: (query) => {
      log.push(['resolve', query]);
      return Promise.resolve(found);
    },
    tasks: {
      run: (name, _peer, args, run) => run?.(() => name, args, { service: 'netron', name } as never) as never,
    },
    incomingChain: undefined,
    authenticate,
    exposeFor: (_peer, service) => Promise.resolve(note('expose')(service)),
    concealFor: (_peer, name) => Promise.resolve(note('conceal')(name)),
  };
  const service = systemService(parts);
  const from = { ...link, owner: peer as unknown as RemotePeer } as unknown as SystemLink;
  peer.link = from;
  const as = (member: { name: string }, args: unknown[]) => ({ member: member.name, args });
  const call = (member: keyof typeof systemMembers, ...args: unknown[]): unknown =>
    service(systemMembers[member], from)?.handler({ args, as } as never);
  return { call, found, from, log, peer, service };
}

describe('the service of a node', () => {
  it('has its members under the numbers of the protocol, hidden from observers', () => {
    const { from, service } = serving();
    for (const [name, number] of Object.entries(systemMembers))
      expect(service(number, from)).toMatchObject({ name, internal: true });
    for (const number of [-1, 1.5, Object.keys(systemMembers).length]) expect(service(number, from)).toBeUndefined();
  });

  it('passes each request to the part for it', async () => {
    const { call, found, log } = serving();
    expect(await call('query', 'shop@^1')).toEqual(new ByReference(found.target));
    call('subscribe', 1, 0, 'tick');
    call('unsubscribe', 1);
    call('answer', 1, 'tick', { n: 1 });
    call('step', 4, true, 'thrown');
    call('step', 4, 'yes', 'given');
    await call('expose', { service: true });
    await call('conceal', 'shop');
    await call('describe', 'shop');
    expect(log).toEqual([
      ['resolve', 'shop@^1'],
      ['accept', 1, 0, 'tick'],
      ['drop', 1],
      ['answer', 1, 'tick', { n: 1 }],
      ['step', 4, { thrown: true, value: 'thrown' }],
      ['step', 4, { thrown: false, value: 'given' }],
      ['expose', { service: true }],
      ['conceal', 'shop'],
      ['describe', 'shop'],
    ]);
  });

  it('answers for the connection that a request came by while another is in use', () => {
    const { call, log, peer } = serving();
    peer.link = {};
    call('subscribe', 1, 0, 'tick');
    call('unsubscribe', 1);
    call('answer', 1, 'tick', { n: 1 });
    call('step', 4, false, 'given');
    expect(log.map(([part]) => part)).toEqual(['accept', 'drop', 'answer', 'step']);
  });

  it('runs a task as a call of its own, under its name and with its arguments', async () => {
    const { call, log } = serving();
    await call('task', 'tidy', ['a', 1]);
    expect(log).toEqual([['run', { member: 'tidy', args: ['a', 1] }]]);
  });

  it.each<[keyof typeof systemMembers, unknown[]]>([
    ['query', [7]],
    ['query', []],
    ['task', [7, []]],
    ['task', ['tidy', 'no list']],
    ['subscribe', ['1', 0, 'tick']],
    ['subscribe', [1, -1, 'tick']],
    ['subscribe', [1, 0, null]],
    ['unsubscribe', [1.5]],
    ['answer', [Number.NaN, 'tick', 1]],
    ['answer', [1, 7, 1]],
    ['conceal', [{}]],
    ['describe', [null]],
    ['step', [2 ** 60]],
  ])('refuses %s with %j', async (member, args) => {
    const { call, log } = serving();
    await expect((async () => call(member, ...args))()).rejects.toMatchObject({ code: 'invalid_argument' });
    expect(log).toEqual([]);
  });
});

describe('credentials on an open connection', () => {
  const admit = (found: Partial<Authenticated>) => () =>
    Promise.resolve({ identity: undefined, expiresInMs: undefined, ...found });

  it('set the identity of the peer and return when it expires', async () => {
    let asked: unknown;
    const { call, peer } = serving((credentials, request) => {
      asked = [credentials, request];
      return Promise.resolve({ identity: { id: 'ann' }, expiresInMs: 500 });
    });
    expect(await call('authenticate', 'secret')).toBe(500);
    expect([peer.identity, asked]).toEqual([
      { id: 'ann' },
      ['secret', { id: 'peer', address: 'tcp://127.0.0.1:1', transport: 'tcp' }],
    ]);
  });

  it('of another identity are refused and make the peer anonymous', async () => {
    const { call, peer } = serving(admit({ identity: { id: 'bob' } }));
    peer.identity = { id: 'ann' };
    await expect(call('authenticate', 'x')).rejects.toMatchObject({ code: 'permission_denied' });
    expect(peer.identity).toBeUndefined();
  });

  it('that are invalid make the peer anonymous', async () => {
    const { call, peer } = serving(() => Promise.reject(new Error('wrong')));
    peer.identity = { id: 'ann' };
    await expect(call('authenticate', 'x')).rejects.toThrow('wrong');
    expect(peer.identity).toBeUndefined();
  });

  it('are checked one at a time', async () => {
    let answer: (found: Authenticated) => void = () => {};
    const { call, peer } = serving(
      () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    );
    const first = call('authenticate', 'a');
    await expect(call('authenticate', 'b')).rejects.toMatchObject({ code: 'resource_exhausted' });
    answer({ identity: 'ann', expiresInMs: undefined });
    await first;
    expect(peer.identity).toBe('ann');
  });

  it('are ignored when the connection was replaced meanwhile', async () => {
    let answer: (found: Authenticated) => void = () => {};
    const { call, peer } = serving(
      () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    );
    const first = call('authenticate', 'a');
    peer.link = {};
    peer.identity = 'of the next connection';
    answer({ identity: 'ann', expiresInMs: undefined });
    await expect(first).rejects.toMatchObject({ code: 'canceled' });
    expect(peer.identity).toBe('of the next connection');
  });

  it('are refused by a node without authenticate', async () => {
    await expect(serving().call('authenticate', 'x')).rejects.toMatchObject({ code: 'unimplemented' });
  });
});
