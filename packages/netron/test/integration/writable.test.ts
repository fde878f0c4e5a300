/** A `WritableStream` as an argument: what is written to it comes out at its owner. */
import { describe, expect, it } from 'vitest';
import { defineService } from '../../src/index.js';
import { failure, gate, nodes, settled, until } from './nodes.js';

function exporter() {
  const state = { under: 0, sent: 0 };
  const service = defineService({
    name: 'exporter@1.0.0',
    methods: {
      async copy(to: WritableStream<unknown>, count: number) {
        const writer = to.getWriter();
        for (let number = 0; number < count; number += 1) {
          await writer.write(number);
          state.sent += 1;
        }
        await writer.close();
        return 'done';
      },
      async bytes(to: WritableStream<Uint8Array>) {
        await new Blob([new Uint8Array(300_000).fill(7)]).stream().pipeTo(to);
      },
      async give(to: WritableStream<unknown>) {
        const writer = to.getWriter();
        await writer.abort(new RangeError('no more'));
      },
      sink: (into: unknown[]) => into,
    },
  });
  return { service, state };
}
type Exporter = {
  copy(to: WritableStream<unknown>, count: number): Promise<string>;
  bytes(to: WritableStream<Uint8Array>): Promise<void>;
  give(to: WritableStream<unknown>): Promise<void>;
};

describe.each(['memory', 'tcp'] as const)('a writable stream as an argument over %s', (transport) => {
  it('receives writes in order, and the close', async () => {
    const { service } = exporter();
    await using pair = await nodes({ transport, services: [service] });
    const remote = await pair.peer.queryInterface<Exporter>('exporter');
    const got: unknown[] = [];
    let closed = false;
    const into = new WritableStream<unknown>({
      write: (chunk) => void got.push(chunk),
      close: () => {
        closed = true;
      },
    });
    expect(await remote.copy(into, 1_000)).toBe('done');
    expect([got, closed]).toEqual([Array.from({ length: 1_000 }, (_, number) => number), true]);
    await until(() => pair.peer.link?.exports.size === 0);
  });

  it('receives bytes of any length', async () => {
    const { service } = exporter();
    await using pair = await nodes({ transport, services: [service] });
    const remote = await pair.peer.queryInterface<Exporter>('exporter');
    let length = 0;
    await remote.bytes(
      new WritableStream<Uint8Array>({
        write(chunk) {
          length += chunk.length;
        },
      }),
    );
    expect(length).toBe(300_000);
  });
});

it('a stream that fails fails the writer, with its own error', async () => {
  const { service } = exporter();
  await using pair = await nodes({ services: [service] });
  const remote = await pair.peer.queryInterface<Exporter>('exporter');
  const broken = new WritableStream<unknown>({
    write(chunk) {
      if (chunk === 5) throw new RangeError('full');
    },
  });
  expect(await failure(remote.copy(broken, 1_000))).toMatchObject({ message: 'full' });
});

it('abort arrives with its reason', async () => {
  const { service } = exporter();
  await using pair = await nodes({ services: [service] });
  const remote = await pair.peer.queryInterface<Exporter>('exporter');
  let reason: unknown;
  const into = new WritableStream<unknown>({
    abort: (why) => {
      reason = why;
    },
  });
  await remote.give(into);
  expect(reason).toMatchObject({ message: 'no more' });
});

it('a slow stream delays its writer', async () => {
  const { service, state } = exporter();
  await using pair = await nodes({ services: [service] });
  const remote = await pair.peer.queryInterface<Exporter>('exporter');
  const open = gate();
  const into = new WritableStream<unknown>({ write: () => open.opened });
  const copied = remote.copy(into, 1_000);
  await settled();
  expect(state.sent).toBeLessThanOrEqual(16);
  open.open();
  expect(await copied).toBe('done');
});
