/** B17: docs/guide/limits.md says what the code does. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { defaultLimits, defaultReceiving, helloLimit, maxDepth } from '../../src/wire/limits.js';

const root = join(import.meta.dirname, '../../../..');
const source = (file: string) => readFile(join(import.meta.dirname, '../../src', file), 'utf8');
const page = await readFile(join(root, 'docs/guide/limits.md'), 'utf8');
const grouped = (value: number) => String(value).replaceAll(/\B(?=(\d{3})+(?!\d))/g, ',');

it.each(Object.entries({ ...defaultLimits, receiving: defaultReceiving }))(
  'B17: the limit %s is documented with its default %i',
  (name, value) => {
    const line = page.split('\n').find((each) => each.startsWith(`| \`${name}\` |`));
    expect(line).toContain(grouped(value));
  },
);

/** Constants of the code, and what stands in the line of the page that speaks of them. */
const constants: [file: string, name: string, line: string][] = [
  ['peer/calls/call-queue.ts', 'maxWaiting', 'calls of one connection while'],
  ['node/peer-keys.ts', 'maxIdle', 'addresses that were'],
  ['peer/readiness.ts', 'maxWaiting', 'calls to a peer that is not connected'],
  ['peer/link/read-gate.ts', 'maxUnsent', 'answers that the other end does not read'],
  ['peer/link/link-packets.ts', 'maxPings', 'pings answered'],
  ['peer/link/receive-budget.ts', 'free', '`receiving`'],
  ['peer/link/incoming-parts.ts', 'abandonedAfter', 'long messages being received'],
  ['peer/link/incoming-parts.ts', 'retryAfterMs', '`receiving`'],
  ['peer/link/outgoing-parts.ts', 'crowdedFrom', 'long messages being sent'],
  ['peer/link/inbox.ts', 'maxAnnounced', 'chunks that are announced'],
  ['wire/limits.ts', 'maxCut', 'long messages being sent'],
  ['peer/link/heartbeat.ts', 'stallTimeout', 'answers that the other end does not read'],
  ['peer/streams/credit-window.ts', 'initialCredit', 'items of one stream'],
  ['peer/streams/credit-window.ts', 'maxWindow', 'items of one stream'],
  ['peer/events/publisher.ts', 'maxWaiting', 'events for a peer that does not read'],
  ['peer/acceptor.ts', 'maxAway', 'peers that lost their connection'],
  ['peer/dial-pace.ts', 'goodLife', 'between two attempts'],
  ['peer/dial-pace.ts', 'longestHoldOff', 'what a server may ask to wait'],
  ['peer/link/buffer-pool.ts', 'small', 'write buffers'],
  ['peer/link/buffer-pool.ts', 'largest', 'write buffers'],
  ['events/subscription.ts', 'defaultQueueLimit', 'events for a slow handler'],
  ['events/event-middleware.ts', 'maxWaiting', 'events in middleware'],
  ['events/routes.ts', 'maxRoutes', 'routes of events'],
  ['events/emission.ts', 'defaultTimeout', 'a subscriber of an emitted event'],
  ['events/topic.ts', 'maxTopicLength', 'name of an event'],
  ['events/topic.ts', 'maxTopicSegments', 'name of an event'],
  ['service/call/dispatcher.ts', 'maxArguments', 'arguments of a call'],
  ['service/declare/member-name.ts', 'longestName', 'name of a service, member'],
  ['service/declare/version.ts', 'longestRange', 'range of versions'],
  ['service/declare/service-name.ts', 'longestVersion', 'range of versions'],
  ['errors/error-texts.ts', 'maxMessage', 'message of an error'],
  ['errors/received-error.ts', 'maxCauses', 'causes of an error'],
  ['errors/read-wire-error.ts', 'maxFields', 'causes of an error'],
  ['transport/close.ts', 'closeTimeout', 'an answer to a close'],
  ['transport/close.ts', 'maxReason', 'reason of a close'],
  ['transport/receive-queue.ts', 'turnBudget', 'messages at a stretch'],
  ['transport/node/connection-limit.ts', 'defaultMaxConnections', 'connections of a server'],
  ['transport/node/handshakes.ts', 'handshakeTimeout', 'TLS handshake or upgrade'],
  ['wire/call-header.ts', 'headerLimit', 'header of a call'],
  ['wire/big-integer.ts', 'longest', 'BigInt'],
  ['wire/temporal.ts', 'longest', 'Temporal'],
  ['wire/key-cache.ts', 'slots', 'names of properties'],
];

it.each(constants)('B17: %s: %s has the documented value', async (file, name, start) => {
  const text = await source(file);
  const found = new RegExp(`^(?:export )?const ${name}(?:: number)? = ([\\d_ *]+);`, 'm').exec(text)?.[1];
  const value = (found ?? '')
    .replaceAll('_', '')
    .split('*')
    .reduce((product, factor) => product * Number(factor), 1);
  expect(value, `${file} has ${name}`).toBeGreaterThan(1);
  const line = page.split('\n').find((each) => each.startsWith('| ') && each.includes(start));
  expect(line).toContain(grouped(value));
});

it('B17: the limits of handshake and depth have the documented values', async () => {
  expect(page).toContain(`first message | ${grouped(helloLimit)} bytes`);
  expect(page).toContain(`at most ${maxDepth}`);
});

/** Options in milliseconds, and their defaults. */
const times = {
  connectTimeout: 10_000,
  handshakeTimeout: 5_000,
  requestTimeout: 30_000,
  heartbeatInterval: 15_000,
  stopTimeout: 10_000,
  reconnectDelay: 1_000,
  resumeWindow: 30_000,
};

it.each(Object.entries(times))(
  'B17: the default of %s, %i, is the same in its doc comment, the guide and the code',
  async (name, value) => {
    const options = await source('node/options.ts');
    const files = ['node/assembly.ts', 'node/checked-options.ts', 'node/context.ts', 'node/netron.ts'];
    const node = (await Promise.all(files.map(source))).join() + options;
    const line = page
      .split('\n')
      .find((each) => each.startsWith('| ') && each.includes(`\`${name}\``) && /\d,?\d{3} ms|\d ms/.test(each));
    const comment = options
      .slice(0, options.indexOf(`  ${name}?:`))
      .split('/**')
      .at(-1);
    expect(/Default ([\d,]+)/.exec(comment ?? '')?.[1]).toBe(grouped(value));
    expect(line).toContain(grouped(value));
    expect(node).toMatch(new RegExp(`${name}(, | \\?\\? )${grouped(value).replaceAll(',', '_')}`));
  },
);
