import { describe, expect, it, vi } from 'vitest';
import { VirtualClock } from '../testing/virtual-clock.js';
import { deferred } from '../util/deferred.js';
import { Lookup } from './lookup.js';
import type { ServiceInfo } from './node-info.js';

function lookup() {
  const clock = new VirtualClock();
  const found: ServiceInfo[] = [];
  const find = vi.fn(() => Promise.resolve(found));
  const refresh = vi.fn(() => Promise.resolve());
  return { clock, find, found, refresh, lookup: new Lookup({ find }, [{ refresh }, { refresh }], clock) };
}

const users = { name: 'users' } as ServiceInfo;

describe('a query for a service', () => {
  it('is answered from the catalog alone when it contains the service', async () => {
    const made = lookup();
    made.found.push(users);
    expect(await made.lookup.find('users@^1.0.0')).toEqual([users]);
    expect(made.find).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ name: 'users', version: '^1.0.0' }));
    expect(made.refresh).not.toHaveBeenCalled();
  });

  it('finds what every registry adds when it is asked again', async () => {
    const made = lookup();
    made.refresh.mockImplementation(() => {
      made.found.push(users);
      return Promise.resolve();
    });
    expect(await made.lookup.find('users')).toEqual([users, users]);
  });

  it('that finds nothing asks the registries together with others, and every 100 ms at most', async () => {
    const made = lookup();
    const answer = deferred<void>();
    made.refresh.mockReturnValue(answer.promise);
    const both = Promise.all([made.lookup.find('users'), made.lookup.find('orders')]);
    await made.clock.advance(99);
    answer.resolve();
    expect(await both).toEqual([[], []]);
    await made.lookup.find('users');
    expect(made.refresh).toHaveBeenCalledTimes(2);
    await made.clock.advance(1);
    await made.lookup.find('users');
    expect(made.refresh).toHaveBeenCalledTimes(4);
  });

  it('for fresh services asks the registries each time, and once', async () => {
    const made = lookup();
    await made.lookup.find({ name: 'users', fresh: true });
    expect([made.refresh.mock.calls.length, made.find.mock.calls.length]).toEqual([2, 1]);
    await made.lookup.find({ name: 'users', fresh: true });
    expect(made.refresh).toHaveBeenCalledTimes(4);
  });
});
