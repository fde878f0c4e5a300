/** A6 to A8: names that peers give lead to public members and nothing else; nothing of theirs is awaited. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Netron } from '../../src/index.js';
import { writeCall, writePipe, writeResult } from '../../src/wire/packets.js';
import { failure, settled, until } from '../integration/nodes.js';
import { everything, Log, type Target, target, Watch } from './attacked.js';
import { names } from './known-names.js';
import { recordEverything } from './recording.js';
import {
  codeOf,
  greeting,
  Handle,
  type Heard,
  MemoryTransport,
  message,
  reference,
  Stranger,
  strangeServer,
  system,
  textOf,
  visit,
} from './stranger.js';

const transport = new MemoryTransport();
let attacked: Target;

beforeAll(async () => {
  expect(names).toHaveLength(51);
  attacked = await target(transport);
});

afterAll(() => attacked[Symbol.asyncDispose]());

/** An answer without what was asked for in it. */
function shape(heard: Heard): string {
  return heard.kind === 'error' ? `${codeOf(heard)}: ${textOf(heard).replace(/'[^']*'/, "'?'")}` : heard.kind;
}

const places: Record<string, (stranger: Stranger, name: string) => Promise<Heard>> = {
  'the service of a query': (stranger, name) => stranger.call(0, system.query, [name]),
  'the service of a query with a version': (stranger, name) => stranger.call(0, system.query, [`${name}@1.0.0`]),
  'a task': (stranger, name) => stranger.call(0, system.task, [name, []]),
  'a service to conceal': (stranger, name) => stranger.call(0, system.conceal, [name]),
  'a method of a result': (stranger, name) => pipe(stranger, 'object', [name], []),
  'a property of a result': (stranger, name) => pipe(stranger, 'object', [name], undefined),
  'a method inside of a result': (stranger, name) => pipe(stranger, 'object', ['nested', name], []),
  'a property inside of a list': (stranger, name) => pipe(stranger, 'object', ['nested', 'list', name], undefined),
  'a step through a result': (stranger, name) => pipe(stranger, 'object', [name, 'x'], undefined),
  'a method of a service in a result': (stranger, name) => pipe(stranger, 'service', [name], []),
  'a property of a service in a result': (stranger, name) => pipe(stranger, 'service', [name], undefined),
  'a method of a function in a result': (stranger, name) => pipe(stranger, 'fn', [name], []),
  'a property of a text in a result': (stranger, name) => pipe(stranger, 'echo', [name], undefined),
};

let handle = 0;
let next = 10_000;

async function pipe(stranger: Stranger, method: string, path: string[], args: unknown[] | undefined): Promise<Heard> {
  const methods = ['echo', 'later', 'never', 'soon', 'fail', 'failLater', 'object', 'service', 'fn'];
  next += 2;
  const [first, second] = [next, next + 1];
  stranger.say(
    (to) => writeCall(to, first, handle, methods.indexOf(method), 0x40, undefined, ['text']),
    (to) => writePipe(to, second, first, path, 0, undefined, args),
  );
  return stranger.answer(second);
}

describe('A6: only public names exist', () => {
  it.each(Object.keys(places))('as %s: 51 names get the same answer as an unknown name', async (place) => {
    const stranger = await visit(attacked.node);
    handle = await stranger.query('everything');
    const ask = places[place] as (stranger: Stranger, name: string) => Promise<Heard>;
    const unknown = shape(await ask(stranger, 'nobodyHasThis'));
    expect(unknown).toMatch(/^not_found/);
    for (const name of names) {
      const answer = await ask(stranger, name);
      // A task's name is repeated only where it could be one.
      const plain = (text: string) => text.replace("no task '?'", 'no such task');
      expect([name, plain(shape(answer))]).toEqual([name, plain(unknown)]);
    }
    stranger.leave();
  });

  it('as a pattern, event or subscription: no other events are delivered', async () => {
    const stranger = await visit(attacked.node);
    for (const [number, name] of names.entries()) {
      const answer = await stranger.call(0, system.subscribe, [number, 0, name]);
      expect(answer.kind === 'result' || codeOf(answer) === 'invalid_argument', name).toBe(true);
      expect(codeOf(await stranger.call(0, system.answer, [number, name, 1]))).toBe('not_found');
    }
    attacked.node.publish('other', 1);
    await settled();
    expect(stranger.heard.filter(({ kind }) => kind === 'event')).toEqual([]);
    stranger.leave();
  });

  it('in place of each string of a recorded conversation: nothing is called, and no error is uncaught', async () => {
    using watch = new Watch();
    const { sent } = await recordEverything();
    const friend = await visit(attacked.node);
    for (const name of names) {
      const stranger = await visit(attacked.node);
      for (const bytes of sent.slice(1)) stranger.send(replaceTexts(bytes, name));
      await settled(6);
      stranger.leave();
    }
    await settled();
    expect((await friend.call(0, system.query, ['everything'])).kind).toBe('result');
    expect(watch.uncaught).toEqual([]);
    expect(Object.getOwnPropertyNames(Object.prototype)).toHaveLength(12);
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
    friend.leave();
  });

  it('an unknown member number or handle is answered with not_found', async () => {
    const stranger = await visit(attacked.node);
    const own = await stranger.query('everything');
    const numbers = [40, 2 ** 31, 2 ** 32, 2 ** 53 - 1];
    const answers = [
      ...(await Promise.all(numbers.map((member) => stranger.call(own, member, [])))),
      ...(await Promise.all(numbers.map((missing) => stranger.call(missing, 0, [])))),
    ];
    for (const answer of answers) expect(shape(answer)).toBe('not_found: no such service or member');
    stranger.leave();
  });

  it('a read-only property cannot be written', async () => {
    const stranger = await visit(attacked.node);
    const own = await stranger.query('everything');
    const members = Object.keys(everything());
    const answer = await stranger.call(own, members.indexOf('version'), ['changed']);
    expect(codeOf(answer)).toBe('permission_denied');
    expect((await stranger.call(own, members.indexOf('version'), [])).fields[1]).toBe('x');
    stranger.leave();
  });
});

/** The same message with each short text, where it is as long as `name` can be made, replaced by it. */
function replaceTexts(bytes: Uint8Array, name: string): Uint8Array {
  const copy = Buffer.from(bytes);
  const text = Buffer.from(name);
  const out: Buffer[] = [];
  for (let at = 0; at < copy.length; ) {
    const first = copy[at] as number;
    const size = first & 0x1f;
    const inside = copy.subarray(at + 1, at + 1 + size);
    const isText = first > 0xa2 && first < 0xc0 && inside.length === size && inside.every((byte) => byte >= 0x20 && byte < 0x7f);
    if (isText && text.length < 32) {
      out.push(Buffer.from([0xa0 | text.length]), text);
      at += 1 + size;
    } else {
      out.push(copy.subarray(at, at + 1));
      at += 1;
    }
  }
  return Buffer.concat(out);
}

describe('A8: no value of a peer is treated as a promise', () => {
  const callable = reference(1);
  const thenable = (value: unknown) => Object.fromEntries([['then', value]]);
  const values: unknown[] = [
    thenable(callable),
    { deep: [thenable(callable)] },
    new Map([['then', callable]]),
    { catch: callable, finally: callable },
    [callable],
    thenable('no function'),
    thenable({ call: callable, apply: callable }),
    callable,
  ];

  it('a `then` in 100 arguments and results is never called', async () => {
    let thens = 0;
    for (let round = 0; round < 13; round += 1) {
      for (const value of values) {
        const stranger = await visit(attacked.node);
        const own = await stranger.query('everything');
        stranger.say((to) => writeCall(to, 900, own, 1, 0, undefined, [value]));
        await settled(4);
        thens += stranger.heard.filter(({ kind, fields }) => kind === 'call' && fields[1] === 1).length;
        stranger.leave();
      }
    }
    expect(thens).toBe(0);
  });

  it.each(['then', 'constructor', '__proto__', 'toJSON', ''])(
    'a service definition with a member %j is refused',
    async (name) => {
      let asked = 0;
      await using server = await strangeServer(transport, (stranger) => {
        stranger.say(greeting());
        void stranger
          .until(() => stranger.heard.some(({ kind }) => kind === 'call'))
          .then(() => {
            const call = stranger.heard.find(({ kind }) => kind === 'call') as Heard;
            const definition = [0, 'bait', '1.0.0', [[name, 0]]];
            stranger.send(message((to) => writeResult(to, call.fields[0] as number, new Handle(16, [1, definition]))));
            return stranger.until(() => stranger.ended);
          })
          .then(() => {
            asked = stranger.heard.filter(({ kind }) => kind === 'call').length;
          });
      });
      const client = await Netron.create({ logger: new Log(), stopTimeout: 0, additionalTransports: [transport] });
      const peer = await client.connect(server.address, { maxReconnectAttempts: 0 });
      await failure(peer.queryInterface('bait'));
      await until(() => asked === 1);
      await client.stop();
    },
  );
});
