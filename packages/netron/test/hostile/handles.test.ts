/** References, streams and blobs where none are due, in wrong form, or more than fit into an answer. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { defineService, Netron, type RemotePeer } from '../../src/index.js';
import { flags, writeCall, writeError, writeFail, writeItem, writePipe, writeServices } from '../../src/wire/packets.js';
import { quiet, settled, until } from '../integration/nodes.js';
import { errors } from '../vectors/notation.js';
import { blob, codeOf, own, reference, type Stranger, stream, system, textOf, visit } from './stranger.js';

let server: Netron;
let stranger: Stranger;
let handle: number;
let consumed: Promise<unknown[]>;

const service = () =>
  defineService({
    name: 'target@1.0.0',
    methods: {
      later: async (..._functions: unknown[]) => {
        await settled(2);
      },
      ask: async (question: () => Promise<unknown>) => question(),
      consume(items: AsyncIterable<unknown>) {
        consumed = (async () => {
          const seen: unknown[] = [];
          try {
            for await (const item of items) seen.push(item);
          } catch (error) {
            seen.push((error as { code: string }).code);
          }
          return seen;
        })();
        return consumed;
      },
    },
  });

const back = (): RemotePeer => [...server.peers.values()][0] as RemotePeer;

async function arrive(fields: Record<string, unknown> = {}): Promise<void> {
  server = await Netron.create({ logger: quiet, stopTimeout: 0, transports: { tcp: { port: 0 } } });
  await server.peer.exposeService(service());
  stranger = await visit(server, fields);
  handle = await stranger.query('target');
}

const members = { later: 0, ask: 1, consume: 2 } as const;

afterEach(async () => {
  stranger.leave();
  await server.stop();
});

describe('B4: a peer that accepts only very short messages', () => {
  it.each(['later', 'query'])(
    'receives the release of hundreds of references after a call of "%s" in many messages',
    async (what) => {
      await arrive({ limits: { elements: 64, message: 1_024 } });
      const functions = Array.from({ length: 500 }, (_, number) => reference(number + 1));
      const answer =
        what === 'later'
          ? await stranger.call(handle, members.later, functions)
          : await stranger.call(0, system.query, [functions]);
      expect(answer.kind).toBe(what === 'later' ? 'result' : 'error');
      const released = () => stranger.heard.filter(({ kind }) => kind === 'release').length;
      await stranger.until(() => stranger.ended || released() === 500);
      expect(stranger.ended).toBe(false);
      expect(back().link?.imports.size).toBe(0);
    },
  );
});

describe('handles in unexpected places', () => {
  beforeEach(() => arrive());

  const error = errors.decode({ name: 'Error', code: 'unknown', message: 'no', fields: { details: reference(7) } });

  it('in errors of calls and streams, and in lists of services, are released at once and not counted', async () => {
    stranger.say((to) => writeCall(to, 900, handle, members.ask, 0, undefined, [reference(1)]));
    await stranger.until(() => stranger.heard.some(({ kind }) => kind === 'call'));
    const asked = stranger.heard.find(({ kind }) => kind === 'call')?.fields[0] as number;
    stranger.say((to) => writeError(to, asked, error));
    expect(codeOf(await stranger.answer(900))).toBe('unknown');
    const count = (number: number) =>
      stranger.heard.filter(({ kind, fields }) => kind === 'release' && fields[0] === number).length;
    await stranger.until(() => count(7) === 1 && count(1) === 1);
    stranger.say(
      (to) => writeCall(to, 901, handle, members.consume, 0, undefined, [stream(1)]),
      (to) => writeFail(to, 1, error),
    );
    await stranger.answer(901);
    await stranger.until(() => count(7) === 2);
    stranger.say((to) => writeServices(to, [], []));
    expect(back().link?.imports.size).toBe(0);
  });

  it('a refused item fails its stream after the items before it and stops the producer', async () => {
    stranger.say(
      (to) => writeCall(to, 900, handle, members.consume, 0, undefined, [stream(1)]),
      (to) => writeItem(to, 1, 'first'),
      (to) => writeItem(to, 1, { gone: own(99), held: reference(5) }),
      (to) => writeItem(to, 1, 'never'),
    );
    await stranger.answer(900);
    expect(await consumed).toEqual(['first', 'not_found']);
    const heard = (kind: string, number: number) =>
      stranger.heard.some((packet) => packet.kind === kind && packet.fields[0] === number);
    await stranger.until(() => heard('stop', 1) && heard('release', 5));
    await until(() => back().link?.incomingStreams.size === 0);
  });

  it('a refused call fails the calls on its result with its own error', async () => {
    stranger.say(
      (to) => writeCall(to, 900, handle, members.later, flags.hold, undefined, [own(99)]),
      (to) => writePipe(to, 901, 900, ['x'], 0, undefined, []),
    );
    expect(textOf(await stranger.answer(901))).toBe(textOf(await stranger.answer(900)));
  });
});

describe('metadata of a blob', () => {
  beforeEach(() => arrive());

  it.each([
    ['no size', { type: '' }],
    ['a size that is a string', { size: '1', type: '' }],
    ['a negative size', { size: -1, type: '' }],
    ['a size with a fraction', { size: 0.5, type: '' }],
    ['a type that is a number', { size: 1, type: 1 }],
    ['a name that is an object', { size: 1, type: '', name: {} }],
    ['a name that is null', { size: 1, type: '', name: null }],
    ['a time that is a string', { size: 1, type: '', lastModified: 'now' }],
    ['a time that is NaN', { size: 1, type: '', lastModified: Number.NaN }],
    ['an array', []],
  ])('%s closes the connection', async (_what, facts) => {
    stranger.say((to) => writeCall(to, 900, handle, members.later, 0, undefined, [blob(1, facts)]));
    await stranger.end();
    expect(stranger.heard.find(({ kind }) => kind === 'goodbye')?.fields[0]).toBe('invalid_argument');
  });

  it('that is valid is accepted', async () => {
    const facts = { size: 1, type: 'a/b', name: 'n', lastModified: -5 };
    stranger.say((to) => writeCall(to, 900, handle, members.later, 0, undefined, [blob(1, facts)]));
    expect((await stranger.answer(900)).kind).toBe('result');
  });
});
