/** Generators that their consumer steps through: what `next` and `throw` are given reaches them. */
import { describe, expect, it } from 'vitest';
import { defineService, withOptions } from '../../src/index.js';
import { failure, nodes, settled, transports, until } from './nodes.js';

function dialogue() {
  const state = { asked: 0, ended: 0 };
  const service = defineService({
    name: 'dialogue@1.0.0',
    methods: {
      async *chat(greeting: string): AsyncGenerator<string, string, string> {
        let heard = greeting;
        try {
          while (heard !== 'bye') {
            state.asked += 1;
            try {
              heard = yield `you said ${heard}`;
            } catch (error) {
              heard = (error as Error).message;
            }
          }
          return 'goodbye';
        } finally {
          state.ended += 1;
        }
      },
      *count(): Generator<number, void, number> {
        let by = 1;
        for (let number = 0; ; number += by) by = (yield number) ?? 1;
      },
    },
  });
  return { service, state };
}
type Dialogue = ReturnType<typeof dialogue>['service'];

describe.each(transports)('steps over %s', (transport) => {
  it('next(value), throw(error) and the return value are transferred', async () => {
    const { service, state } = dialogue();
    await using pair = await nodes({ transport, services: [service] });
    const remote = withOptions(await pair.peer.queryInterface<Dialogue>('dialogue'), { steps: true });
    const chat = remote.chat('hello');
    expect(await chat.next()).toEqual({ done: false, value: 'you said hello' });
    expect(await chat.next('how are you')).toEqual({ done: false, value: 'you said how are you' });
    expect(await chat.throw(new RangeError('too loud'))).toEqual({ done: false, value: 'you said too loud' });
    expect(await chat.next('bye')).toEqual({ done: true, value: 'goodbye' });
    expect(await chat.next('again')).toEqual({ done: true, value: undefined });
    expect(state).toEqual({ asked: 3, ended: 1 });
    expect(pair.peer.streams).toEqual([]);
  });
});

it('nothing is read ahead, and leaving the loop ends the generator', async () => {
  const { service, state } = dialogue();
  await using pair = await nodes({ services: [service] });
  const remote = withOptions(await pair.peer.queryInterface<Dialogue>('dialogue'), { steps: true });
  const chat = await remote.chat('a');
  await settled();
  expect(state.asked).toBe(0);
  await chat.next();
  await settled();
  expect(state.asked).toBe(1);
  await chat.return('' as never);
  await until(() => state.ended === 1);
});

it('several concurrent steps are answered in order; for await works', async () => {
  const { service } = dialogue();
  await using pair = await nodes({ services: [service] });
  const remote = withOptions(await pair.peer.queryInterface<Dialogue>('dialogue'), { steps: true });
  const numbers = remote.count() as unknown as AsyncGenerator<number, void, number>;
  const steps = await Promise.all([numbers.next(), numbers.next(2), numbers.next(3), numbers.next(4)]);
  expect(steps.map(({ value }) => value)).toEqual([0, 2, 5, 9]);
  await numbers.return(undefined);
  const seen: string[] = [];
  for await (const text of remote.chat('once') as AsyncIterable<string>) {
    seen.push(text);
    if (seen.length === 2) break;
  }
  expect(seen).toEqual(['you said once', 'you said undefined']);
});

it('an uncaught error of the generator ends it and is thrown', async () => {
  const fragile = defineService({
    name: 'fragile@1.0.0',
    methods: {
      async *run(): AsyncGenerator<number, void, number> {
        yield 1;
      },
    },
  });
  await using pair = await nodes({ services: [fragile] });
  const remote = withOptions(await pair.peer.queryInterface<typeof fragile>('fragile'), { steps: true });
  const run = remote.run();
  await run.next();
  expect(await failure(run.throw(new RangeError('stop')))).toMatchObject({ message: 'stop' });
  expect(await run.next(1)).toEqual({ done: true, value: undefined });
});

it('a value that cannot be sent fails its step only', async () => {
  const { service } = dialogue();
  await using pair = await nodes({ services: [service] });
  const remote = withOptions(await pair.peer.queryInterface<Dialogue>('dialogue'), { steps: true });
  const chat = remote.chat('x');
  await chat.next();
  expect(await failure(chat.next(Symbol('no') as never))).toMatchObject({ code: 'invalid_argument' });
  expect(await chat.next('y')).toEqual({ done: false, value: 'you said y' });
});

it('without the option a value for next is refused', async () => {
  const { service } = dialogue();
  await using pair = await nodes({ services: [service] });
  const remote = await pair.peer.queryInterface<Dialogue>('dialogue');
  const chat = remote.chat('x');
  expect(await chat.next('ignored, as every first one')).toEqual({ done: false, value: 'you said x' });
  expect(await failure(chat.next('y'))).toMatchObject({ code: 'failed_precondition', message: expect.stringContaining('steps') });
  await chat.return('');
});

it('a local generator is stepped by its caller', async () => {
  const { service } = dialogue();
  await using pair = await nodes({ services: [service] });
  const local = await pair.server.peer.queryInterface<Dialogue>('dialogue');
  const chat = local.chat('a');
  expect((await chat.next()).value).toBe('you said a');
  expect((await chat.next('b')).value).toBe('you said b');
});
