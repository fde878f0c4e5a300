import { expect, it } from 'vitest';
import type { ServiceBinding } from '../peer/binding.js';
import { createProxy, type ProxyTarget } from '../service/call/proxy.js';
import { systemScheduler } from '../util/scheduler.js';
import type { Connector } from './connector.js';
import { Endpoint } from './endpoint.js';

/** A node with one connection whose state is set by the test; `notice` reports a change of it. */
function endpoint() {
  let left = 0;
  const leave = (): number => (left += 1);
  const binding = { query: 'shop@1.0.0', attached: true, definition: { name: 'shop', version: '1.0.0', members: [] }, leave };
  const peer = {
    queryInterface: () => Promise.resolve(createProxy({ ...binding, owner: peer } as unknown as ProxyTarget)),
  };
  let notice = (): void => {};
  const connection = {
    ready: true,
    peer,
    hold: (changed: () => void) => {
      notice = changed;
      return () => {};
    },
  };
  const told: boolean[] = [];
  const connector = { to: () => connection } as unknown as Connector;
  const node = { id: 'a', addresses: ['memory:a'], weight: 1 } as never;
  const made: Endpoint = new Endpoint(connector, node, 'shop@1.0.0', { connections: 1, session: true }, (changed) =>
    told.push(changed.ready),
  );
  made.begin();
  return { connection, endpoint: made, left: () => left, notice: () => notice(), told };
}

it('is ready when its service was found', async () => {
  const { endpoint: node, told } = endpoint();
  expect([node.ready, node.line()]).toEqual([false, undefined]);
  await systemScheduler.idle();
  expect([node.ready, node.line()?.ready, told.at(-1)]).toEqual([true, true, true]);
});

it('never changes its readiness without a notification', async () => {
  const { connection, endpoint: node, notice, told } = endpoint();
  await systemScheduler.idle();
  connection.ready = false;
  expect([node.ready, node.line()?.ready, told.at(-1)]).toEqual([true, true, true]);
  notice();
  expect([node.ready, node.line(), told.at(-1)]).toEqual([false, undefined, false]);
  const { binding } = node.lines[0] as { binding: ServiceBinding };
  Object.assign(connection, { ready: true });
  Object.assign(binding, { attached: true });
  expect(node.ready).toBe(false);
  notice();
  expect([node.ready, told.at(-1)]).toEqual([true, true]);
});

it('is not ready when its service is not attached to the connection, or to another peer', async () => {
  const { connection, endpoint: node, notice } = endpoint();
  await systemScheduler.idle();
  Object.assign(connection, { peer: { queryInterface: () => new Promise(() => {}) } });
  notice();
  expect(node.ready).toBe(false);
});

it('releases a service that is found when it is no longer called', async () => {
  const { endpoint: node, left, notice } = endpoint();
  notice();
  node.end(false);
  await systemScheduler.idle();
  expect([node.ready, node.lines[0]?.binding, left()]).toEqual([false, undefined, 1]);
});
