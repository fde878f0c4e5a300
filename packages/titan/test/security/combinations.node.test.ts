import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { MemoryTransport, Netron, type NetronError } from '@omnitron-dev/netron';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { makeCertificates } from '../../../netron/test/transport/certificates.js';
import {
  type AuthContext,
  Authenticated,
  Authorize,
  Cache,
  createApp,
  Public,
  RateLimit,
  RequirePermission,
  RequireRole,
  TitanService,
} from '../../src/index.js';

const folder = await mkdtemp(join(tmpdir(), 'titan-rules-'));
afterAll(() => rm(folder, { recursive: true }));
const { ca, server } = makeCertificates();

const people: Record<string, AuthContext> = {
  ada: { userId: 'ada', roles: ['admin'], permissions: ['things:write'] },
  bob: { userId: 'bob', roles: ['user'] },
  old: { userId: 'old', roles: ['admin'], permissions: ['things:write'], expiresAt: 1 },
};
const authentication = {
  authenticate: async (token: string) => people[token] ?? Promise.reject(new Error('unknown')),
};
const callers = [undefined, 'ada', 'bob', 'old'] as const;

type User = AuthContext | undefined;
const is = (test: (user: AuthContext) => boolean | undefined) => (user: User) =>
  user !== undefined && user.expiresAt === undefined && !!test(user);

/** Statements about a member, and whom each lets in. */
const statements = [
  { say: Authenticated(), allows: is(() => true) },
  { say: RequireRole('admin'), allows: is(({ roles }) => roles?.includes('admin')) },
  { say: RequireRole(['user', 'admin']), allows: is(({ roles }) => roles?.some((role) => ['user', 'admin'].includes(role))) },
  { say: RequirePermission('things:write'), allows: is(({ permissions }) => permissions?.includes('things:write')) },
  { say: Authorize((user?: AuthContext) => user?.userId !== 'bob'), allows: is(({ userId }) => userId !== 'bob') },
  { say: Cache({ ttl: 60 }), allows: () => true },
  { say: RateLimit({ limit: 1_000, window: 3_600_000 }), allows: () => true },
] as const;
const options = [
  { given: { auth: true }, allows: is(() => true) },
  { given: { auth: false }, allows: () => true },
  { given: { auth: { roles: ['admin'] } }, allows: is(({ roles }) => roles?.includes('admin')) },
  { given: { cache: { ttl: 60 } }, allows: () => true },
  { given: {}, allows: () => true },
] as const;

type Decorate = (...target: unknown[]) => void;

/** A service with rules on its base class, class, member and in its options. */
function service(rules: { base: number[]; type: number[]; member: number[]; ofType: number; ofMember: number; first: boolean }) {
  class Base {
    go() {
      return 'in';
    }
    async *items() {
      yield 'in';
    }
  }
  class Things extends Base {}
  const own = Things.prototype as object;
  for (const name of ['go', 'items']) {
    const expose = () => Public(options[rules.ofMember]!.given)(own, name);
    if (rules.first) expose();
    for (const at of rules.member) (statements[at]!.say as Decorate)(own, name);
    if (!rules.first) expose();
  }
  for (const at of rules.base) (statements[at]!.say as Decorate)(Base);
  for (const at of rules.type) (statements[at]!.say as Decorate)(Things);
  TitanService({ name: 'things', ...options[rules.ofType]!.given })(Things);
  const all = [...rules.base, ...rules.type, ...rules.member].map((at) => statements[at]!);
  const parts = [...all, options[rules.ofType]!, options[rules.ofMember]!];
  return { Things, allows: (user: User) => parts.every((part) => part.allows(user)) };
}

let sockets = 0;

/** Outcomes of a method and a stream for one caller, twice, over every transport, by HTTP and within the process. */
async function outcomes(Things: new () => object, credentials: string | undefined): Promise<Record<string, string[]>> {
  const memory = new MemoryTransport();
  const { port1, port2 } = new MessageChannel();
  const app = createApp({
    signals: false,
    logger: { level: 'silent' },
    security: { authentication },
    config: { netron: { healthPort: false } },
    netron: {
      listenPort: 0,
      http: true,
      additionalTransports: [memory],
      transports: {
        tcp: { port: 0 },
        tls: { port: 0, tls: server },
        unix: { path: join(folder, `${++sockets}.sock`) },
        memory: { name: 'rules' },
        ipc: { on: port2 },
      },
    },
  }).service(Things);
  await app.start();
  const node = app.netron!;
  const client = await Netron.create({ logLevel: 'silent', additionalTransports: [memory], ...(credentials && { credentials }) });
  const of = (scheme: string) => node.addresses.find((address) => address.startsWith(scheme))!;
  const tls = of('tls').replace('127.0.0.1', 'localhost');
  const found: Record<string, string[]> = {};
  const code = (action: () => Promise<unknown>) =>
    action().then(
      () => 'in',
      (error: NetronError) => error.code,
    );
  interface Calls {
    go(): Promise<unknown>;
    items(): AsyncIterable<unknown>;
  }
  const ask = async (things: Calls) => {
    const read = async () => {
      for await (const _ of things.items());
    };
    return [await code(() => things.go()), await code(() => things.go()), await code(read)];
  };
  for (const [name, target] of [
    ['websocket', of('ws')],
    ['tcp', of('tcp')],
    ['tls', tls],
    ['unix', of('unix')],
    ['memory', of('memory')],
    ['ipc', port1],
  ] as const) {
    const peer = await client.connect(target, { tls: { ca } });
    found[name] = await ask((await peer.queryInterface('things')) as unknown as Calls);
    await peer.disconnect();
  }
  const post = async () => {
    const headers = { 'content-type': 'application/json', ...(credentials && { authorization: `Bearer ${credentials}` }) };
    const url = `${of('ws').replace('ws', 'http')}/netron/things/go`;
    const { status } = await fetch(url, { method: 'POST', body: '[]', headers });
    return { 200: 'in', 401: 'unauthenticated', 403: 'permission_denied' }[status] ?? String(status);
  };
  found.http = [await post(), await post()];
  if (credentials === undefined) found.local = await ask(app.connectToService('things') as unknown as Calls);
  await client.stop();
  await app.stop();
  port1.close();
  return found;
}

describe('B13–17, B22–28: every rule over every way in', () => {
  it('in random combinations: nobody is let in whom a part refuses, everybody is whom all let in', async () => {
    const some = fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6], { maxLength: 3 });
    const one = fc.integer({ min: 0, max: options.length - 1 });
    const rules = fc.record({ base: some, type: some, member: some, ofType: one, ofMember: one, first: fc.boolean() });
    const refusal = expect.stringMatching(/^(unauthenticated|permission_denied)$/);
    let [asked, refused] = [0, 0];
    await fc.assert(
      fc.asyncProperty(rules, async (given) => {
        const { Things, allows } = service(given);
        for (const caller of callers) {
          const letIn = allows(caller === undefined ? undefined : people[caller]);
          const found = Object.entries(await outcomes(Things, caller));
          for (const [way, codes] of found) {
            expect([caller, way, codes]).toEqual([caller, way, codes.map(() => (letIn ? 'in' : refusal))]);
            asked += codes.length;
            if (!letIn) refused += codes.length;
          }
        }
      }),
      {
        numRuns: 15,
        examples: [
          [{ base: [], type: [], member: [], ofType: 4, ofMember: 4, first: true }],
          [{ base: [0], type: [2], member: [1], ofType: 4, ofMember: 1, first: false }],
          [{ base: [0], type: [3], member: [4], ofType: 2, ofMember: 1, first: false }],
        ],
      },
    );
    expect([asked >= 15 * 4 * 20, refused > 0, refused < asked]).toEqual([true, true, true]);
  });
});
