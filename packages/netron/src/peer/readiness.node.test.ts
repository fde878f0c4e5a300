import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { NetronError } from '../errors/netron-error.js';
import type { Clock } from '../util/clock.js';
import type { Link } from './link/link.js';
import { Readiness } from './readiness.js';

const clock: Clock = {
  wall: () => 0,
  now: () => performance.now(),
  setTimeout,
  clearTimeout: (handle: unknown) => clearTimeout(handle as never),
};
const peer = { id: 'away', node: { clock, requestTimeout: 30_000 } };
const link = {} as Link;

/** A call that is canceled at once; only the readiness could retain its error. */
async function givenUp(readiness: Readiness<Link>): Promise<WeakRef<object>> {
  const error: unknown = await readiness.wait({ signal: AbortSignal.abort() }).catch((reason: unknown) => reason);
  expect(NetronError.is(error, 'canceled')).toBe(true);
  return new WeakRef(error as object);
}

it('B11: canceled calls leave nothing behind while others keep waiting', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const readiness = new Readiness<Link>(peer);
  const waiting = readiness.wait(undefined);
  const errors: WeakRef<object>[] = [];
  for (let call = 0; call < 100; call += 1) errors.push(await givenUp(readiness));
  await new Promise((resolve) => setImmediate(resolve));
  collect();
  expect(errors.filter((error) => error.deref() !== undefined).length).toBeLessThan(10);
  readiness.resolve(link);
  expect(await waiting).toBe(link);
});

it('all waiting calls get the link or the reason why there is none; later ones wait for the next', async () => {
  const readiness = new Readiness<Link>(peer);
  const first = [readiness.wait(undefined), readiness.wait({ timeout: Infinity })];
  readiness.resolve(link);
  expect(await Promise.all(first)).toEqual([link, link]);
  const second = readiness.wait(undefined);
  const failed = expect(second).rejects.toMatchObject({ code: 'unavailable' });
  readiness.reject(() => new NetronError('unavailable', 'it is closed'));
  await failed;
});
