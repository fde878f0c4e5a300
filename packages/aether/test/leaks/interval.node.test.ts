import { VirtualClock } from '@omnitron-dev/netron/testing';
import { expect, it } from 'vitest';
import { compileModule, createRoot, Injectable } from '../../src/index.js';
import { CACHE_MANAGER, NetronModule, NetronService, useQuery } from '../../src/netron/index.js';
import { until } from '../../src/testing.js';
import { type IUserService, startUserServer } from '../netron/server.js';

/** Milliseconds that a slow machine may take for one call. */
const longest = 100_000;

@Injectable()
class UserService extends NetronService<IUserService> {}

it('an hour of refetchInterval fetches once per interval, keeps one entry and one timer, and ends with its component', async () => {
  await using server = await startUserServer();
  const clock = new VirtualClock();
  const container = compileModule([
    ...(NetronModule.forRoot({ backends: { main: { url: server.url, clock } }, cache: { clock } }).providers ?? []),
    UserService,
  ]);
  const { query, dispose } = createRoot((dispose) => ({
    query: container.run(() => useQuery(UserService, 'getUsers', [], { refetchInterval: 10_000 })),
    dispose,
  }));
  await until(() => query.data(), longest);
  await clock.advance(0);
  const timers = clock.size;
  for (let second = 10; second <= 3_600; second += 10) {
    const fetched = until(() => query.fetching(), longest).then(() => until(() => !query.fetching(), longest));
    await clock.advance(10_000);
    await fetched;
    expect(query.error()).toBeUndefined();
  }
  expect(server.calls).toEqual({ getUsers: 361 });
  await clock.advance(0);
  expect(clock.size).toBe(timers);
  expect(container.get(CACHE_MANAGER).getStats()).toMatchObject({ entries: 1 });
  dispose();
  expect(clock.size).toBeLessThan(timers);
  await clock.advance(3_600_000);
  expect(server.calls).toEqual({ getUsers: 361 });
  await container.dispose();
  expect(clock.size).toBe(0);
});
