import { expect, it } from 'vitest';
import { targetOf } from '../../service/call/proxy.js';
import type { ServiceDefinition } from '../../service/definition.js';
import { VirtualClock } from '../../testing/virtual-clock.js';
import { systemScheduler } from '../../util/scheduler.js';
import type { Callee } from '../calls/callee.js';
import { allParts } from '../link/all-parts.js';
import { callable, keep, Reference, type ReferenceLink } from './reference.js';

const shop: ServiceDefinition = { name: 'shop', version: '1.0.0', members: [{ name: 'buy', kind: 'method' }] };

/** A reference that was received once, and the requests that it made of its link. */
function referenced(definition = shop) {
  const told: unknown[] = [];
  const link = {
    node: { clock: new VirtualClock(), scheduler: { ...systemScheduler, collects: false }, parts: allParts },
    owner: { id: 'peer', identity: undefined, outgoingChain: undefined },
    calls: {
      call: (callee: Callee, args: unknown[] | undefined) => {
        told.push([callee.handle, callee.member, args]);
        return Promise.resolve('called');
      },
    },
    subscriptions: {
      subscribe: (handle: number, event: string) => {
        told.push([handle, event]);
        return Promise.resolve(async () => void told.push('off'));
      },
    },
    imports: {
      release: (reference: Reference, count: number) => {
        told.push(`release ${count}`);
        reference.count -= count;
      },
      releaseChildren: () => void told.push('release children'),
    },
    reportError: (error: unknown) => void told.push(error),
  } satisfies ReferenceLink;
  const reference = new Reference(link, 7, definition);
  reference.count = 1;
  return { reference, told };
}

it('calls its members and receives events under its handle', async () => {
  const { reference, told } = referenced();
  expect(await reference.invoke(0, ['a book'], undefined)).toBe('called');
  const off = await reference.on('sold', () => {});
  await off();
  expect(told).toEqual([[7, 0, ['a book']], [7, 'sold'], 'off']);
});

it('is released once, with what it has returned; later calls fail and are not sent', async () => {
  const { reference, told } = referenced();
  reference.dispose();
  expect(told.splice(0)).toEqual(['release 1', 'release children']);
  await expect(reference.invoke(0, [], undefined)).rejects.toMatchObject({
    code: 'failed_precondition',
    message: "the reference to 'shop' was released; use keep() to hold it beyond its call",
  });
  expect(told).toEqual([]);
});

it('leaves the counts of calls that have not ended to those', () => {
  const { reference, told } = referenced();
  reference.count = 3;
  reference.openCalls = 2;
  reference.dispose();
  expect([told, reference.count]).toEqual([['release 1'], 2]);
});

it('is released only when no peer that it was passed on to holds it', () => {
  const { reference, told } = referenced();
  reference.pin();
  reference.pin();
  reference.dispose();
  reference.unpin();
  expect([told, reference.gone]).toEqual([['release children'], true]);
  reference.unpin();
  expect(told).toEqual(['release children', 'release 1']);
});

it('keep() marks it, and returns its argument', () => {
  const { reference } = referenced();
  const shown = callable(reference);
  expect([keep(shown) === shown, reference.kept, keep('a text'), keep(null)]).toEqual([true, true, 'a text', null]);
  expect(targetOf(shown)).toBe(reference);
});

it('a function that was sent is called as one, and can be disposed of', async () => {
  const { reference, told } = referenced();
  const call = callable(reference) as ((...args: unknown[]) => Promise<unknown>) & Disposable;
  expect(await call(1, 2)).toBe('called');
  call[Symbol.dispose]();
  expect(told).toEqual([[7, 0, [1, 2]], 'release 1', 'release children']);
});
