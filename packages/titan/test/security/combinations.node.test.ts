import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MessageChannel } from 'node:worker_threads';
import { MemoryTransport, Netron, type NetronError } from '@omnitron-dev/netron';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { makeCertificates } from '../../../netron/test/transport/certificates.js';
import {
  type AuthContext,
  Authenticated,
  Authorize,
  Cache,
  type Caller,
  createApp,
  currentUser,
  Public,
  RateLimit,
  RequirePermission,
  RequireRole,
  TitanService,
  Validate,
} from '../../src/index.js';
import { providerOf } from '../guard/callers.js';

const folder = await mkdtemp(join(tmpdir(), 'titan-rules-'));
afterAll(() => rm(folder, { recursive: true }));
const { ca, server } = makeCertificates();

const people: Record<string, AuthContext> = {
  ada: { userId: 'ada', roles: ['admin'], permissions: ['things:write'] },
  bob: { userId: 'bob', roles: ['user'] },
  old: { userId: 'old', roles: ['admin'], permissions: ['things:write'], expiresAt: 1 },
};
const authentication = providerOf(people);
/** Everybody, among them one whose identity has ended before the login. */
const callers = [undefined, 'ada', 'bob', 'old'] as const;

type User = AuthContext | undefined;
const is = (test: (user: AuthContext) => boolean | undefined) => (user: User) => user !== undefined && !!test(user);
const everybody = () => true;
const hour = 3_600_000;

/** A statement about a class or a member. */
interface Statement {
  readonly say: unknown;
  /** Tells whom it lets in. */
  readonly allows: (user: User) => boolean;
  /** Calls it lets in: of a member, or of all members of a class together. */
  readonly limit?: number;
}
const statements: readonly Statement[] = [
  { say: Authenticated(), allows: is(() => true) },
  { say: RequireRole('admin'), allows: is(({ roles }) => roles?.includes('admin')) },
  { say: RequireRole(['user', 'admin']), allows: is(({ roles }) => roles?.some((role) => ['user', 'admin'].includes(role))) },
  { say: RequirePermission('things:write'), allows: is(({ permissions }) => permissions?.includes('things:write')) },
  { say: Authorize((user?: AuthContext) => user?.userId !== 'bob'), allows: is(({ userId }) => userId !== 'bob') },
  { say: Cache({ ttl: 60 }), allows: everybody },
  { say: RateLimit({ limit: 9, window: hour }), allows: everybody, limit: 9 },
];
const options: readonly (Omit<Statement, 'say'> & { readonly given: object })[] = [
  { given: { auth: true }, allows: is(() => true) },
  { given: { auth: false }, allows: everybody },
  { given: { auth: { roles: ['admin'] } }, allows: is(({ roles }) => roles?.includes('admin')) },
  { given: { cache: { ttl: 60 } }, allows: everybody },
  { given: { rateLimit: { limit: 5, window: hour } }, allows: everybody, limit: 5 },
  { given: {}, allows: everybody },
];

interface Given {
  readonly base: number[];
  readonly type: number[];
  readonly member: number[];
  readonly ofType: number;
  readonly ofMember: number;
  readonly first: boolean;
  /** Whether the method has a schema, which takes 'yes' alone. */
  readonly checked: boolean;
}
let sockets = 0;
type Decorate = (...target: unknown[]) => void;

/** A service with rules on its base class, class, member and in its options, and a model of what they say together. */
function service(rules: Given) {
  /** Runs of the method, by caller and argument. */
  const runs = new Map<string, number>();
  class Base {
    go(answer: string, user?: Caller<AuthContext>) {
      const text = `${user?.userId ?? 'nobody'} ${answer}`;
      runs.set(text, (runs.get(text) ?? 0) + 1);
      return text;
    }
    async *items() {
      yield 'in';
    }
  }
  class Things extends Base {}
  const own = Things.prototype as object;
  for (const name of ['go', 'items']) {
    const more: Decorate[] = rules.member.map((at) => statements[at]!.say as Decorate);
    if (name === 'go' && rules.checked) more.push(Validate({ input: z.literal('yes') }) as Decorate);
    const fill = name === 'go' ? { fill: { 1: currentUser } } : {};
    const expose = Public({ ...options[rules.ofMember]!.given, ...fill }) as Decorate;
    for (const decorate of rules.first ? [expose, ...more] : [...more, expose]) decorate(own, name);
  }
  for (const at of rules.base) (statements[at]!.say as Decorate)(Base);
  for (const at of rules.type) (statements[at]!.say as Decorate)(Things);
  TitanService({ name: 'things', ...options[rules.ofType]!.given })(Things);
  const ofType = [...[...rules.base, ...rules.type].map((at) => statements[at]!), options[rules.ofType]!];
  const ofMember = [...rules.member.map((at) => statements[at]!), options[rules.ofMember]!];
  const parts = [...ofType, ...ofMember];
  const least = (of: readonly { readonly limit?: number }[]) => Math.min(...of.map(({ limit }) => limit ?? 1_000));
  return {
    Things,
    runs,
    cached: rules.member.includes(5) || 'cache' in options[rules.ofMember]!.given,
    allows: (user: User) => parts.every((part) => part.allows(user)),
    limits: { ofType: least(ofType), ofMember: least(ofMember) },
  };
}

/** A call and its outcome: `in`, or the code of the error. */
interface Asked {
  readonly way: string;
  readonly member: 'go' | 'items';
  readonly argument?: string;
  readonly outcome: string;
  readonly value?: unknown;
}
type Calls = { go(answer: string): Promise<unknown>; items(): AsyncIterable<unknown> };

async function call(
  way: string,
  member: 'go' | 'items',
  argument: string | undefined,
  make: () => Promise<unknown>,
): Promise<Asked> {
  const asked = { way, member, ...(argument !== undefined && { argument }) };
  return make().then(
    (value) => ({ ...asked, outcome: 'in', value }),
    (error: NetronError) => ({ ...asked, outcome: error.code }),
  );
}

/** Calls the method with what its schema takes, with what it does not take, and once more, and reads the stream. */
async function callAll(way: string, things: Calls): Promise<Asked[]> {
  const asked: Asked[] = [];
  for (const answer of ['yes', 'no', 'yes']) asked.push(await call(way, 'go', answer, () => things.go(answer)));
  const read = async () => {
    for await (const _ of things.items());
  };
  return [...asked, await call(way, 'items', undefined, read)];
}

/** A call by HTTP. */
async function post(url: string, answer: string, credentials: string | undefined): Promise<Asked> {
  const headers = { 'content-type': 'application/json', ...(credentials && { authorization: `Bearer ${credentials}` }) };
  const response = await fetch(url, { method: 'POST', body: JSON.stringify([answer]), headers });
  const value: unknown = await response.json();
  const codes: Record<number, string> = {
    200: 'in',
    400: 'invalid_argument',
    401: 'unauthenticated',
    403: 'permission_denied',
    429: 'resource_exhausted',
  };
  return { way: 'http', member: 'go', argument: answer, outcome: codes[response.status] ?? String(response.status), value };
}

/** Calls of all callers, in turns, over every transport, by HTTP and within the process. */
async function outcomes(Things: new () => object): Promise<Map<string | undefined, Asked[]>> {
  const memory = new MemoryTransport();
  const channels = callers.map(() => new MessageChannel());
  const app = createApp({
    signals: false,
    logger: { level: 'silent' },
    security: { authentication, attempts: false },
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
        ipc: channels.map(({ port2 }) => ({ on: port2 })),
      },
    },
  }).service(Things);
  await app.start();
  const node = app.netron!;
  const of = (scheme: string) => node.addresses.find((address) => address.startsWith(scheme))!;
  const clients = await Promise.all(
    callers.map((credentials) =>
      Netron.create({ logLevel: 'silent', additionalTransports: [memory], ...(credentials && { credentials }) }),
    ),
  );
  const ways = {
    websocket: () => of('ws'),
    tcp: () => of('tcp'),
    tls: () => of('tls').replace('127.0.0.1', 'localhost'),
    unix: () => of('unix'),
    memory: () => of('memory'),
    ipc: (at: number) => channels[at]!.port1,
  };
  const found = new Map<string | undefined, Asked[]>(callers.map((caller) => [caller, []]));
  for (const [way, target] of Object.entries(ways)) {
    for (const [at, caller] of callers.entries()) {
      const dialled = clients[at]!.connect(target(at) as string, way === 'tls' ? { tls: { ca } } : {});
      if (caller === 'old') {
        found.get(caller)!.push(await call(way, 'go', undefined, () => dialled));
        continue;
      }
      const peer = await dialled;
      found.get(caller)!.push(...(await callAll(way, (await peer.queryInterface('things')) as unknown as Calls)));
      await peer.disconnect();
    }
  }
  const url = `${of('ws').replace('ws', 'http')}/netron/things/go`;
  for (const answer of ['yes', 'no']) for (const caller of callers) found.get(caller)!.push(await post(url, answer, caller));
  found.get(undefined)!.push(...(await callAll('local', app.connectToService('things') as unknown as Calls)));
  for (const client of clients) await client.stop();
  await app.stop();
  for (const { port1 } of channels) port1.close();
  return found;
}

const byWay = (calls: readonly Asked[]): Asked[][] =>
  [...new Set(calls.map(({ way }) => way))].map((way) => calls.filter((each) => each.way === way));

/** The outcome that the parts say together, call by call, for somebody whose calls are counted together. */
function expected(calls: readonly Asked[], given: Given, limits: { ofType: number; ofMember: number }): string[] {
  const counts = { go: 0, items: 0 };
  return calls.map(({ member, argument }) => {
    if (counts.go + counts.items >= limits.ofType || counts[member] >= limits.ofMember) return 'resource_exhausted';
    counts[member] += 1;
    return given.checked && argument === 'no' ? 'invalid_argument' : 'in';
  });
}

describe('B13–17, B22–28, B33, B34: every rule over every way in', () => {
  it('in random combinations with limits, caches and schemas: nobody gets what a part refuses, and everybody what all allow', async () => {
    const some = fc.shuffledSubarray([0, 1, 2, 3, 4, 5, 6], { maxLength: 3 });
    const one = fc.integer({ min: 0, max: options.length - 1 });
    const rules = fc.record({
      base: some,
      type: some,
      member: some,
      ofType: one,
      ofMember: one,
      first: fc.boolean(),
      checked: fc.boolean(),
    });
    const seen: Record<string, number> = {};
    let kept = 0;
    await fc.assert(
      fc.asyncProperty(rules, async (given) => {
        const { Things, runs, cached, allows, limits } = service(given);
        for (const [caller, calls] of await outcomes(Things)) {
          for (const { outcome } of calls) seen[outcome] = (seen[outcome] ?? 0) + 1;
          const user = caller === undefined ? undefined : people[caller];
          const got = calls.map(({ outcome }) => outcome);
          if (caller === 'old') {
            expect(new Set(got)).toEqual(new Set(['unauthenticated']));
            continue;
          }
          if (!allows(user)) {
            expect([caller, got.filter((outcome) => !['unauthenticated', 'permission_denied'].includes(outcome))]).toEqual([
              caller,
              // Policies are asked after limits and schemas.
              got.filter((outcome) => ['resource_exhausted', 'invalid_argument'].includes(outcome)),
            ]);
            continue;
          }
          // Strangers are counted by address: those of one way have one.
          const groups = caller === 'ada' || caller === 'bob' ? [calls] : byWay(calls);
          for (const group of groups) {
            const exact = expected(group, given, limits);
            if (groups.length === 1) expect([caller, group.map(({ outcome }) => outcome)]).toEqual([caller, exact]);
            for (const [at, { outcome }] of group.entries())
              if (outcome === 'in') expect([caller, group[at]!.way, exact[at]]).toEqual([caller, group[at]!.way, 'in']);
          }
          const name = user?.userId ?? 'nobody';
          for (const { member, outcome, value, argument } of calls) {
            if (member !== 'go' || outcome !== 'in') continue;
            expect(String(value).split(' ')).toEqual([name, argument]);
          }
          if (!cached || user === undefined) continue;
          for (const [text, times] of runs) if (text.startsWith(`${user.userId} `)) expect([text, times]).toEqual([text, 1]);
          kept += got.filter((outcome) => outcome === 'in').length;
        }
      }),
      {
        // A combination opens seven ways in for each caller: other seeds show others in the next run.
        numRuns: 8,
        examples: [
          [{ base: [], type: [], member: [5], ofType: 5, ofMember: 5, first: true, checked: true }],
          [{ base: [], type: [6], member: [2], ofType: 3, ofMember: 4, first: false, checked: true }],
          [{ base: [0], type: [3], member: [4], ofType: 2, ofMember: 3, first: false, checked: true }],
        ],
      },
    );
    const codes = ['in', 'invalid_argument', 'permission_denied', 'resource_exhausted', 'unauthenticated'];
    expect([Object.keys(seen).sort(), kept > 0]).toEqual([codes, true]);
  });
});
