import { describe, expect, it } from 'vitest';
import { type Heard, Stranger } from '../../test/hostile/stranger.js';
import { gate, quiet, settled } from '../../test/integration/nodes.js';
import { receivedErrors } from '../errors/received-error.js';
import { nodeBasis } from '../node/context.js';
import { Dispatcher } from '../service/call/dispatcher.js';
import type { CallObserver } from '../service/call/observer.js';
import { VirtualClock } from '../testing/virtual-clock.js';
import { MemoryTransport } from '../transport/memory.js';
import { writeGoodbye } from '../wire/packets.js';
import { Acceptor, type AcceptorOptions } from './acceptor.js';
import { calledPart } from './called-part.js';
import type { Authenticated } from './identity.js';
import { allParts } from './link/all-parts.js';
import { nothingAdvertised } from './references/advertised.js';
import { readDefinition } from './references/read-definition.js';
import { type PeerOwner, RemotePeer } from './remote-peer.js';
import { sessionBounds } from './session/session-options.js';
import { Sessions } from './session/sessions.js';

const anonymous: Authenticated = { identity: undefined, expiresInMs: undefined };

const unobserved: CallObserver = { active: false, run: (call, enter) => enter(call), refused() {} };

/** A secret of 16 bytes. */
const secret = (number: number): Uint8Array => new Uint8Array(16).fill(number);

type Authenticate = AcceptorOptions['authenticate'];

/** An acceptor of node `own` behind a listener, on virtual time, and the peers that it has accepted. */
async function accepting(authenticate: Authenticate = async () => anonymous) {
  const clock = new VirtualClock();
  const logged: unknown[] = [];
  const basis = nodeBasis(
    { id: 'own', clock, logger: { ...quiet, error: (facts) => void logged.push(facts) } },
    { errors: receivedErrors, values: undefined, compression: undefined, definitions: { read: readDefinition } },
  );
  const told: string[] = [];
  const node = {
    ...basis,
    parts: allParts,
    called: calledPart,
    middleware: undefined,
    dispatcher: new Dispatcher({ ...basis, observer: unobserved, callContext: 'auto', outdated() {} }),
    services: { bind: () => undefined, names: () => [], exposes: () => false },
    sessions: new Sessions(basis, sessionBounds(true, {})),
    advertised: () => nothingAdvertised,
    peerConnected: ({ id }: RemotePeer) => void told.push(`${id} connected`),
    peerDisconnected: ({ id }: RemotePeer, final: boolean) => void told.push(`${id} ${final ? 'gone' : 'away'}`),
    serviceDiscovered() {},
  } as unknown as PeerOwner;
  const peers: RemotePeer[] = [];
  const acceptor = new Acceptor({
    node,
    timeout: 5_000,
    resumeWindow: 30_000,
    authenticate,
    adopt: (nodeId, number, reconnector) => {
      const peer = new RemotePeer(node, number > 1 ? `${nodeId}#${number}` : nodeId, reconnector, nodeId);
      peers.push(peer);
      return peer;
    },
  });
  const transport = new MemoryTransport();
  const server = await transport.listen('own', { clock });
  server.accept((connection) => acceptor.receive(connection));
  const come = async (): Promise<Stranger> => new Stranger(await transport.connect('memory:own', { clock }));
  return {
    acceptor,
    clock,
    come,
    /** Connects and sends a hello. */
    greet: async (hello?: Record<string, unknown>) => (await come()).greet(hello),
    /** Connects and is refused; returns the goodbye. */
    refused: async (hello?: Record<string, unknown>) => {
      const stranger = await come();
      stranger.greet(hello).catch(() => {});
      await clock.settle(stranger.end());
      return stranger.heard.map(({ fields }) => fields);
    },
    logged,
    peers,
    /** Returns the notes since the last call. */
    news: () => told.splice(0),
  };
}

const hello = ({ heard }: Stranger): Record<string, unknown> =>
  heard.find(({ kind }) => kind === 'hello')?.fields[1] as Record<string, unknown>;

const kindsOf = (heard: readonly Heard[]): string[] => heard.map(({ kind }) => kind);

describe('who comes', () => {
  it('is let in as the peer that hello and `authenticate` say', async () => {
    const requests: unknown[] = [];
    const { greet, news, peers } = await accepting(async (credentials, request) => {
      requests.push(credentials, request);
      return { identity: { name: 'ann' }, expiresInMs: 5_000 };
    });
    const stranger = await greet({ id: 'a', credentials: 'token', metadata: { zone: 'x' } });
    expect(requests).toEqual(['token', { id: 'a', address: 'memory:own (client)', transport: 'memory', certificate: undefined }]);
    expect(hello(stranger)).toMatchObject({ id: 'own', expiresInMs: 5_000 });
    expect(peers.map(({ id, identity, metadata, state }) => [id, identity, metadata, state])).toEqual([
      ['a', { name: 'ann' }, { zone: 'x' }, 'ready'],
    ]);
    expect(news()).toEqual(['a connected']);
  });

  it('has an id for each of its connections', async () => {
    const { greet, peers } = await accepting();
    await greet({ id: 'a', instance: 'run' });
    await greet({ id: 'a', instance: 'run', ordinal: 2 });
    expect(peers.map(({ id }) => id)).toEqual(['a', 'a#2']);
  });

  it('is refused under the id of the node itself, and without hello in time', async () => {
    const { clock, come, peers, refused } = await accepting();
    for (const ordinal of [1, 2])
      expect(await refused({ id: 'own', ordinal })).toEqual([['already_exists', "'own' is the id of this node", undefined]]);
    const silent = await come();
    await clock.advance(4_999);
    expect(silent.ended).toBe(false);
    await clock.advance(1);
    await settled();
    expect([silent.ended, silent.heard.map(({ fields }) => fields[0])]).toEqual([true, ['deadline_exceeded']]);
    expect(peers).toEqual([]);
  });

  it('gets no id of a peer that answers or has another identity', async () => {
    const { greet, peers, refused } = await accepting(async (credentials) => ({ ...anonymous, identity: credentials }));
    await greet({ id: 'a', credentials: 'ann' });
    expect(await refused({ id: 'a', credentials: 'bob' })).toEqual([
      ['already_exists', "a peer with id 'a' is already connected with another identity", undefined],
    ]);
    expect(peers.map(({ identity, state }) => [identity, state])).toEqual([['ann', 'ready']]);
  });

  it('replaces the previous run of the same identity, which is told not to return', async () => {
    const { greet, news, peers } = await accepting(async (credentials) => ({ ...anonymous, identity: credentials }));
    const before = await greet({ id: 'a', credentials: 'ann', instance: 'one' });
    await greet({ id: 'a', credentials: 'ann', instance: 'two' });
    await before.end();
    expect(before.heard.at(-1)).toEqual({
      kind: 'goodbye',
      fields: ['canceled', 'a newer connection has taken over the id', undefined],
    });
    expect(peers.map(({ instance, state }) => [instance, state])).toEqual([
      ['one', 'closed'],
      ['two', 'ready'],
    ]);
    expect(news()).toEqual(['a connected', 'a gone', 'a connected']);
  });

  it('frees its id when it leaves while it is being authenticated', async () => {
    const { opened, open } = gate();
    const { come, greet, peers } = await accepting(async (credentials) => {
      if (credentials === 'slow') await opened;
      return anonymous;
    });
    const early = await come();
    early.greet({ id: 'a', credentials: 'slow' }).catch(() => {});
    await settled();
    early.leave();
    await settled();
    open();
    await settled();
    expect(peers).toEqual([]);
    await greet({ id: 'a' });
    expect(peers.map(({ id, state }) => [id, state])).toEqual([['a', 'ready']]);
  });

  it('does not learn of failures inside this node; the log does', async () => {
    const { logged, refused } = await accepting(async () => {
      throw new RangeError('the table of users is broken');
    });
    expect(await refused()).toEqual([['internal', 'internal error', undefined]]);
    expect(logged).toEqual([{ address: 'memory:own (client)', error: 'the table of users is broken' }]);
  });
});

describe('who has lost the connection', () => {
  it('gets the same peer again by its secret, within the time for that', async () => {
    const { clock, greet, news, peers } = await accepting();
    const first = await greet({ id: 'a', session: secret(1) });
    first.leave();
    await settled();
    expect([peers[0]?.state, news()]).toEqual(['suspended', ['a connected', 'a away']]);
    await clock.advance(29_999);
    await greet({ id: 'a', session: secret(1) });
    expect([peers.length, peers[0]?.state, news()]).toEqual([1, 'ready', ['a connected']]);
    await clock.advance(10_000);
    expect(peers[0]?.state).toBe('ready');
  });

  it('is forgotten after that time, and at once when it has closed', async () => {
    const { clock, greet, peers } = await accepting();
    const lost = await greet({ id: 'p1', session: secret(1) });
    const closed = await greet({ id: 'p2', session: secret(2) });
    const [one, two] = peers as [RemotePeer, RemotePeer];
    lost.leave();
    closed.connection.close();
    await settled();
    expect([one.state, two.state]).toEqual(['suspended', 'closed']);
    await clock.advance(30_000);
    expect(one.state).toBe('closed');
    await greet({ id: 'p1', session: secret(1) });
    expect(peers.map(({ id }) => id)).toEqual(['p1', 'p2', 'p1']);
  });

  it('keeps its secret, which is refused under another id', async () => {
    const { greet, peers, refused } = await accepting();
    await greet({ id: 'a', session: secret(1) });
    expect(await refused({ id: 'b', session: secret(1) })).toEqual([
      ['already_exists', 'the session belongs to another peer', undefined],
    ]);
    expect(peers.map(({ state }) => state)).toEqual(['ready']);
  });

  it('continues its session where it stopped; its secret stays valid until the next one is confirmed', async () => {
    const { greet, news, peers } = await accepting();
    const said = { id: 'a', features: ['resume'], limits: { message: 4_096 } };
    const first = await greet({ ...said, session: secret(1), next: secret(2) });
    expect(hello(first)).toMatchObject({ features: expect.arrayContaining(['resume']) });
    const [peer] = peers as [RemotePeer];
    const { link } = peer;
    first.leave();
    await settled();
    expect([peer.state, news()]).toEqual(['suspended', ['a connected']]);
    const second = await greet({ ...said, session: secret(1), next: secret(3), received: 0 });
    expect([peer.state, peer.link === link, hello(second).received]).toEqual(['ready', true, 0]);
    second.leave();
    await settled();
    // Nothing that confirms its secret arrived over the second connection.
    const third = await greet({ ...said, session: secret(3), next: secret(4), received: 0 });
    expect([peer.state, peer.link === link, hello(third).received, kindsOf(third.heard)]).toEqual(['ready', true, 0, ['hello']]);
    expect(peers).toHaveLength(1);
  });

  it('starts a new session when the count of messages is impossible or the identity differs', async () => {
    const { greet, peers } = await accepting(async (credentials) => ({ ...anonymous, identity: credentials }));
    const said = { id: 'a', features: ['resume'], credentials: 'ann' };
    const first = await greet({ ...said, session: secret(1), next: secret(2) });
    const [peer] = peers as [RemotePeer];
    const { link } = peer;
    first.leave();
    await settled();
    const second = await greet({ ...said, session: secret(1), next: secret(3), received: 1_000 });
    expect([peer.state, peer.link === link, hello(second).received]).toEqual(['ready', false, undefined]);
    const next = peer.link;
    second.leave();
    await settled();
    const third = await greet({ ...said, credentials: 'bob', session: secret(3), next: secret(4), received: 0 });
    expect([peer.link === next, hello(third).received, peer.identity]).toEqual([false, undefined, 'bob']);
  });
});

describe('an acceptor that ends', () => {
  it('drains: refuses new peers, keeps connected ones, and closes lost ones', async () => {
    let asked = 0;
    const { acceptor, greet, peers, refused } = await accepting(async () => {
      asked += 1;
      return anonymous;
    });
    const first = await greet({ id: 'a', session: secret(1) });
    acceptor.drain();
    const goodbye = expect.arrayContaining(['unavailable', 'the node is stopping']);
    expect([await refused({ id: 'late' }), await refused({ id: 'late', session: secret(9) })]).toEqual([[goodbye], [goodbye]]);
    expect([asked, peers[0]?.state]).toEqual([1, 'ready']);
    first.leave();
    await settled();
    expect(peers[0]?.state).toBe('closed');
  });

  it('drains: only a session continues over the next connection', async () => {
    const { acceptor, greet, peers, refused } = await accepting();
    const said = { id: 'a', features: ['resume'] };
    const first = await greet({ ...said, session: secret(1), next: secret(2) });
    const [peer] = peers as [RemotePeer];
    const { link } = peer;
    acceptor.drain();
    first.leave();
    await settled();
    // A new session would bring new calls.
    expect(await refused({ ...said, session: secret(1), next: secret(3) })).toEqual([
      expect.arrayContaining(['unavailable', 'the node is stopping']),
    ]);
    await greet({ ...said, session: secret(1), next: secret(3), received: 0 });
    expect([peer.state, peer.link === link, peers.length]).toEqual(['ready', true, 1]);
  });

  it.each(['before', 'after'])(
    'closes: a session whose connection is lost %s ends at once, since nobody can come back',
    async (when) => {
      const { acceptor, clock, greet, peers } = await accepting();
      const lost = await greet({ id: 'a', features: ['resume'], session: secret(1), next: secret(2) });
      const [peer] = peers as [RemotePeer];
      lost.say((to) => writeGoodbye(to, { code: 'unavailable', reason: 'the program stops' }));
      await settled();
      expect(peer.state).toBe('draining');
      if (when === 'after') acceptor.close();
      lost.leave();
      await settled();
      if (when === 'before') acceptor.close();
      await settled();
      expect([peer.state, peer.links]).toEqual(['closed', []]);
      await clock.advance(2_000);
      expect(clock.size).toBe(0);
    },
  );

  it('closes: peers in their handshake and disconnected peers are given up', async () => {
    const { opened, open } = gate();
    const { acceptor, clock, come, greet, peers } = await accepting(async (credentials) => {
      if (credentials === 'slow') await opened;
      return anonymous;
    });
    await greet({ id: 'p1', session: secret(1) });
    const lost = await greet({ id: 'p2', session: secret(2) });
    const [here, away] = peers as [RemotePeer, RemotePeer];
    lost.leave();
    const arriving = await come();
    arriving.greet({ id: 'c', credentials: 'slow' }).catch(() => {});
    await settled();
    expect([here.state, away.state]).toEqual(['ready', 'suspended']);
    acceptor.close();
    await arriving.end();
    open();
    await settled();
    expect([here.state, away.state, peers.length]).toEqual(['ready', 'closed', 2]);
    here.life.leave('the node was stopped');
    await clock.advance(2_000);
    expect(clock.size).toBe(0);
  });
});
