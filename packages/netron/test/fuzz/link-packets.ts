/** Packets that are well formed and mean nothing good: in any order, with any number. */
import {
  writeBytes,
  writeCall,
  writeCancel,
  writeCredit,
  writeDoubt,
  writeDrop,
  writeEnd,
  writeError,
  writeEvent,
  writeFail,
  writeGoodbye,
  writeItem,
  writePart,
  writePing,
  writePipe,
  writePong,
  writeRaw,
  writeRefusal,
  writeRelease,
  writeResult,
  writeReturn,
  writeServices,
  writeStop,
  writeUnknown,
} from '../../src/wire/packets.js';
import { blob, greeting, own, reference, result, stream, system, type Write } from '../hostile/stranger.js';

/** Whole numbers below `bound`. */
export type Random = (bound: number) => number;

/** The same numbers from each seed. mulberry32 */
export function randomFrom(start: number): Random {
  let state = start >>> 0;
  return (bound) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % bound;
  };
}

const big = [63, 64, 127, 128, 1_000, 65_536, 2 ** 30, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53 - 1];
const names = [
  'everything',
  'everything@^1',
  'inner',
  'mine',
  'no',
  '',
  'then',
  '__proto__',
  'constructor',
  'a@',
  '@',
  'x'.repeat(300),
];
const words = ['hi', 'nested', 'list', '0', 'fn', 'then', '__proto__', 'constructor', 'toString', 'length', ''];
const patterns = ['news:*', 'news:today', '**', '*', 'a:**:b', '', ':', 'x:'.repeat(20), 'y'.repeat(300), 'then'];
const versions = ['1.0.0', '0.0.0', '', 'x'];

export const oneOf = <T>(random: Random, list: readonly T[]): T => list[random(list.length)] as T;

/** Mostly a number that is in use; sometimes one that nobody ever used. */
export function id(random: Random): number {
  return random(6) === 0 ? oneOf(random, big) : random(12);
}

export function value(random: Random, depth = 0): unknown {
  switch (random(depth > 3 ? 12 : 16)) {
    case 0:
      return undefined;
    case 1:
      return null;
    case 2:
      return random(1_000) - 500;
    case 3:
      return 2n ** BigInt(random(200));
    case 4:
      return oneOf(random, [...names, ...words]);
    case 5:
      return new Uint8Array(random(3) === 0 ? 5_000 : random(20));
    case 6:
      return reference(id(random));
    case 7:
      return reference(id(random), definition(random));
    case 8:
      return stream(id(random), random(40) === 0 ? 2 : random(2));
    case 9:
      return blob(id(random), random(40) === 0 ? value(random, 4) : { size: random(10), type: 'x', name: value(random, 4) });
    case 10:
      return random(2) === 0 ? own(id(random)) : result(id(random));
    case 11:
      return oneOf<unknown>(random, [new Date(Number.NaN), new URL('http://a/'), Number.NaN, -0, true, new Int16Array(3)]);
    case 12:
      return Array.from({ length: random(4) }, () => value(random, depth + 1));
    case 13:
      return new Map([[random(5), value(random, depth + 1)]]);
    case 14:
      return new Set([value(random, depth + 1)]);
    default:
      return Object.fromEntries(
        Array.from({ length: random(4) }, () => [oneOf(random, ['a', 'b', 'constructor', 'toString']), value(random, depth + 1)]),
      );
  }
}

function definition(random: Random): unknown {
  if (random(30) === 0) return id(random);
  if (random(30) === 0) return value(random, 4);
  const members = Array.from({ length: random(4) }, () =>
    random(40) === 0
      ? value(random, 4)
      : [
          oneOf(random, random(20) === 0 ? words : ['on', 'add', 'echo', 'hi']),
          random(40) === 0 ? 3 : random(3),
          random(2) === 0,
          ...(random(3) === 0 ? [random(3) === 0 ? value(random, 3) : annotations(random)] : []),
        ],
  );
  const good = random(10) > 0;
  return [
    random(8),
    oneOf(random, good ? ['everything', 'inner', 'mine'] : names),
    good ? '1.0.0' : oneOf(random, versions),
    members,
  ];
}

/** What is published of a member. */
function annotations(random: Random): unknown {
  const name = oneOf(random, ['safe', 'idempotent', 'resumable', 'then', 'x'.repeat(65), 'no name']);
  return { [name]: oneOf<unknown>(random, [true, false, null, -1, 'x'.repeat(9_000), [[]], { a: { b: [1] } }]) };
}

function args(random: Random): unknown[] {
  return Array.from({ length: random(3) }, () => value(random));
}

const header = (random: Random) =>
  random(4) > 0
    ? undefined
    : {
        ...(random(2) === 0 && { timeoutMs: oneOf(random, [0, 1, 50, 2 ** 53 - 1]) }),
        ...(random(3) === 0 && { traceparent: oneOf(random, ['x', 'y'.repeat(1_024)]) }),
        ...(random(6) === 0 && { tracestate: 'z' }),
        ...(random(3) === 0 && { idempotencyKey: 'k' }),
        ...(random(3) === 0 && { steps: true }),
        ...(random(3) === 0 && { headers: { a: 'b', constructor: 'c' } }),
      };

/** Flags that calls may have. */
const sign = (random: Random) => (random(3) === 0 ? 0x40 : 0) | (random(3) === 0 ? 0x80 : 0);

function thrown(random: Random): unknown {
  const cause = random(4) === 0 ? { name: 'E', code: 'x', message: 'cause' } : undefined;
  const wire = {
    name: oneOf(random, ['Error', 'TypeError', 'NetronError', '__proto__', '']),
    code: oneOf(random, ['internal', 'unavailable', 'x', '__proto__']),
    message: 'm',
    ...(random(2) === 0 && { fields: { a: value(random, 3), stack: 's', message: 1 } }),
    ...(cause !== undefined && { cause }),
  };
  return Object.assign(new Error('x'), { wire });
}

const systemArgs = (random: Random): readonly [number, unknown[]] =>
  oneOf<() => readonly [number, unknown[]]>(random, [
    () => [system.query, [oneOf(random, names)]],
    () => [system.query, ['everything']],
    () => [system.task, [oneOf(random, ['task', 'no', '__proto__']), args(random)]],
    () => [system.subscribe, [id(random), random(3) === 0 ? id(random) : 0, oneOf(random, patterns)]],
    () => [system.unsubscribe, [id(random)]],
    () => [system.answer, [id(random), oneOf(random, patterns), value(random)]],
    () => [system.expose, [reference(id(random), definition(random))]],
    () => [system.conceal, [oneOf(random, names)]],
    () => [system.step, [id(random), random(2) === 0, value(random)]],
    () => [random(10), args(random)],
  ])();

/** One packet of any kind. The last of its message when it announces a raw chunk. */
export function packet(random: Random): Write {
  const [number, other] = [id(random), id(random)];
  const choices: readonly (() => Write)[] = [
    () => {
      const [member, given] = systemArgs(random);
      const [flags, with_] = [sign(random), header(random)];
      return (to) => writeCall(to, number, 0, member, flags, with_, given);
    },
    () => {
      const [flags, with_, given, member] = [sign(random), header(random), args(random), random(20)];
      return (to) => writeCall(to, number, 1 + random(3), member, flags, with_, given);
    },
    () => {
      const [flags, with_, given, member] = [sign(random), header(random), args(random), random(20)];
      return (to) => writeCall(to, number, other, member, flags, with_, given);
    },
    () => {
      const path = Array.from({ length: random(4) }, () => oneOf(random, words));
      const [flags, with_, given] = [sign(random), header(random), random(2) === 0 ? undefined : args(random)];
      return (to) => writePipe(to, number, other, path, flags, with_, given);
    },
    () => {
      const result = value(random);
      return (to) => writeResult(to, number, result);
    },
    () => {
      const [error, write] = [thrown(random), oneOf(random, [writeError, writeRefusal, writeDoubt])];
      return (to) => write(to, number, error);
    },
    () => (to) => writeCancel(to, number),
    () => (to) => writeDrop(to, number),
    () => {
      const item = value(random);
      return (to) => writeItem(to, number, item);
    },
    () => {
      const size = oneOf(random, [0, 1, 100, 70_000]);
      return (to) => writeBytes(to, number, new Uint8Array(size));
    },
    () => (to) => writeEnd(to, number),
    () => (to) => writeReturn(to, number, value(random)),
    () => {
      const error = thrown(random);
      return (to) => writeFail(to, number, error);
    },
    () => (to) => writeCredit(to, number, oneOf(random, [0, 1, 65_536, 2 ** 53 - 1])),
    () => (to) => writeStop(to, number),
    () => {
      const [name, data] = [random(2) === 0 ? undefined : oneOf(random, patterns), value(random)];
      return (to) => writeEvent(to, number, name, data);
    },
    () => (to) => writeRelease(to, number, other),
    () => (to) => writePing(to, number),
    () => (to) => writePong(to, number),
    () => {
      const [added, removed] = [[oneOf(random, names)], [oneOf(random, names)]];
      return (to) => writeServices(to, added, removed);
    },
    () => {
      const retryAfterMs = random(2) === 0 ? {} : { retryAfterMs: oneOf(random, [0, 2 ** 53 - 1]) };
      return (to) => writeGoodbye(to, { code: oneOf(random, ['unavailable', 'x']), reason: 'r', ...retryAfterMs });
    },
    () => (to) => writeUnknown(to, number % 256),
    () => (to) => {
      to.u8(25 + random(7));
      to.varint(2);
      to.u8(1);
      to.u8(2);
    },
    () => (to) => writeStop(to, number),
  ];
  const last: readonly (() => Write)[] = [
    () => greeting({ id: oneOf(random, ['again', '', 'target']) }),
    () => (to) => writeRaw(to, number, 1 + random(100)),
    () => (to) => to.u8(random(256)),
  ];
  if (random(60) === 0) return oneOf(random, last)();
  // Calls are the way to everything else: half of the packets.
  return (random(2) === 0 ? oneOf(random, choices.slice(0, 4)) : oneOf(random, choices))();
}

/** A part of a long message: of one that has begun, perhaps. */
export function part(random: Random): Write {
  const first = oneOf(random, [2, 3, 4, 5, 0x45, 8, 11, 12, 15, 19, 0, 0x42, 255]);
  const start =
    random(2) === 0 ? { length: oneOf(random, [1, 20, 70_000, 2 ** 24, 2 ** 40]), first, number: id(random) } : undefined;
  const bytes = new Uint8Array(oneOf(random, [0, 1, 19, 20, 1_000])).fill(random(256));
  return (to) => writePart(to, random(6), start, bytes);
}

/** What a stranger might say of itself. */
export function hello(random: Random): Record<string, unknown> {
  const limits = [
    'message',
    'elements',
    'depth',
    'calls',
    'streams',
    'subscriptions',
    'handles',
    'window',
    'largeMessage',
    'largeElements',
  ];
  if (random(4) > 0)
    return random(2) === 0
      ? {}
      : { features: ['parts', 'outcome', 'values', 'results', 'writable', 'traces', 'doubt', 'graphs'] };
  return {
    ...(random(2) === 0 && {
      limits: Object.fromEntries(limits.map((name) => [name, oneOf(random, [1, 2, 100, 2 ** 53 - 1, -1, 'x'])])),
    }),
    ...(random(3) === 0 && { services: oneOf<unknown>(random, [names, 'x', [1, null]]) }),
    ...(random(3) === 0 && { offers: oneOf<unknown>(random, [[offer(random), offer(random)], 'x', [1, null, []]]) }),
    ...(random(3) === 0 && { features: oneOf<unknown>(random, [['deflate'], ['x'], ['parts'], 5]) }),
    ...(random(3) === 0 && { session: new Uint8Array(oneOf(random, [0, 16, 17])) }),
    ...(random(3) === 0 && { ordinal: oneOf<unknown>(random, [0, 2, 2 ** 53 - 1, 'x']) }),
    ...(random(3) === 0 && { instance: oneOf<unknown>(random, ['', 'run', 'x'.repeat(129), 5]) }),
    ...(random(3) === 0 && { started: oneOf<unknown>(random, [0, -1, NaN, 'x']) }),
    ...(random(3) === 0 && { metadata: oneOf<unknown>(random, [{ zone: 'a' }, [], null, new Map([[1, 2]])]) }),
    ...(random(3) === 0 && { expiresInMs: oneOf<unknown>(random, [0, 1, -1, Infinity, 2 ** 53, 'x']) }),
  };
}

/** A definition as hello brings it. */
function offer(random: Random): unknown {
  const members = [
    [['echo', 0]],
    [
      ['hi', 1],
      ['add', 2, true, { safe: true }],
      ['on', 0],
    ],
    [['then', 0]],
    [['echo', 'length']],
    [['echo', 0, false, annotations(random)]],
    [['echo', 0, false, ['safe', new Map()]]],
    [7],
    'echo',
  ];
  const name = oneOf<unknown>(random, ['everything', 'everything', 'inner', 7, ...names]);
  return [name, oneOf<unknown>(random, ['1.0.0', '1.0.0', ...versions]), oneOf<unknown>(random, members)];
}

/** Bytes of a recorded message, changed in a few places. */
export function mutated(random: Random, bytes: Uint8Array): Uint8Array {
  const copy = Buffer.from(bytes);
  for (let times = 1 + random(3); times > 0; times -= 1) {
    const at = random(copy.length);
    if (random(3) === 0) copy[at] = random(256);
    else copy[at] = (copy[at] as number) ^ (1 << random(8));
  }
  const cut = random(6) === 0 ? copy.subarray(0, 1 + random(copy.length)) : copy;
  return random(8) === 0 ? Buffer.concat([cut, bytes]) : cut;
}
