/** Milliseconds: what a program waits for another, judged on a machine that does nothing else. */
import { describe, expect, it } from 'vitest';
import { defineService, getCallContext, Netron, withOptions } from '../../src/index.js';
import { defaultLimits } from '../../src/wire/limits.js';
import { readValue } from '../../src/wire/value-reader.js';
import { bomb, bombs, newReader } from '../bombs.js';
import { figures } from '../hostile/program.js';
import { failure, nodes, quiet, until } from '../integration/nodes.js';

describe('A4: any message of 1 MiB is read within 50 ms', () => {
  it.each(bombs)('%s', (_, item) => {
    const reader = newReader();
    const times = [1, 2, 3].map((round) => {
      const bytes = bomb((index) => item(index + round * 1_000_000));
      const start = performance.now();
      reader.load(bytes);
      readValue(reader);
      return performance.now() - start;
    });
    expect(Math.min(...times)).toBeLessThan(50);
  });
});

describe('A4: any message of the default limits is read within 1,500 ms', () => {
  it.each(bombs)('%s', (_, item) => {
    const reader = newReader(defaultLimits);
    const times = [1, 2].map((round) => {
      const bytes = bomb((index) => item(index + round * 1_000_000), defaultLimits);
      const start = performance.now();
      reader.load(bytes);
      readValue(reader);
      return performance.now() - start;
    });
    expect(Math.min(...times)).toBeLessThan(1_500);
  });
});

it.each(['many', 'one'])('B5: a peer that does not read, with %s message(s), delays no other call by 250 ms', async (how) => {
  expect((await figures('slow-reader', [how])).slowest).toBeLessThan(250);
});

it('B6: beside a slow consumer of 10 GB the p99 of other calls is below 50 ms', async () => {
  expect((await figures('slow-consumer', ['1000'])).p99).toBeLessThan(50);
});

/** A method that runs until its call is aborted. */
function hanging() {
  const state = { running: 0, started: 0 };
  const service = defineService({
    name: 'hanging@1.0.0',
    methods: {
      wait: (): Promise<never> => {
        const { signal } = getCallContext();
        state.running += 1;
        state.started += 1;
        return new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            state.running -= 1;
            reject(signal.reason);
          });
        });
      },
    },
  });
  return { state, service };
}

it('C10: work stops within 50 ms of its deadline', async () => {
  const { state, service } = hanging();
  await using pair = await nodes({ transport: 'tcp', services: [service] });
  const remote = withOptions(await pair.peer.queryInterface<typeof service>('hanging'), { timeout: 100 });
  const over: number[] = [];
  for (let round = 0; round < 20; round += 1) {
    const call = failure(remote.wait());
    const deadline = performance.now() + 100;
    await until(() => state.running === 1);
    await until(() => state.running === 0);
    over.push(performance.now() - deadline);
    expect(await call).toMatchObject({ code: 'deadline_exceeded' });
  }
  expect(over.sort((a, b) => a - b)[18]).toBeLessThan(50);
});

it('C11: 10,000 cancels reach the last of three nodes over TCP within 100 ms', async () => {
  const { state, service } = hanging();
  const listening = { logger: quiet, stopTimeout: 0, transports: { tcp: { port: 0 } } };
  await using last = await Netron.create(listening);
  await last.peer.exposeService(service);
  await using middle = await Netron.create(listening);
  const beyond = await (await middle.connect(last.addresses[0] as string)).queryInterface<typeof service>('hanging');
  const relay = defineService({ name: 'relay@1.0.0', methods: { pass: () => beyond.wait() } });
  await middle.peer.exposeService(relay);
  await using client = await Netron.create({ logger: quiet, stopTimeout: 0 });
  const remote = await (await client.connect(middle.addresses[0] as string)).queryInterface<typeof relay>('relay');
  const times: number[] = [];
  for (let round = 0; round < 100; round += 1) {
    const controllers = Array.from({ length: 100 }, () => new AbortController());
    const calls = controllers.map(({ signal }) => failure(withOptions(remote, { signal }).pass() as Promise<unknown>));
    await until(() => state.running === 100);
    const start = performance.now();
    for (const controller of controllers) controller.abort();
    await until(() => state.running === 0);
    times.push(performance.now() - start);
    await Promise.all(calls);
  }
  expect(state.started).toBe(10_000);
  expect(times.sort((a, b) => a - b)[98]).toBeLessThan(100);
});
