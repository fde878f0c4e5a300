import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { nodes, settled } from '../../../test/integration/nodes.js';
import { defineService } from '../../service/declare/define-service.js';
import type { Link } from '../link/link.js';

/** A connection that ends while the other end holds a stream that is not read. */
async function ended(): Promise<WeakRef<Link>> {
  let taken: () => void = () => {};
  const waiting = new Promise<void>((resolve) => {
    taken = resolve;
  });
  const methods = {
    take(_stream: AsyncIterable<number>) {
      taken();
      return new Promise<void>(() => {});
    },
  };
  await using pair = await nodes({ services: [defineService({ name: 'taker@1.0.0', methods })] });
  const taker = await pair.peer.queryInterface<typeof methods>('taker');
  async function* endless() {
    for (;;) yield 1;
  }
  taker.take(endless()).catch(() => {});
  await waiting;
  const { link } = pair.back;
  expect(link?.incomingStreams.size).toBe(1);
  return new WeakRef(link as Link);
}

it('B11: an ended connection is collected although its streams were not read', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const links: WeakRef<Link>[] = [];
  for (let round = 0; round < 20; round += 1) links.push(await ended());
  await settled();
  collect();
  expect(links.filter((link) => link.deref() !== undefined).length).toBeLessThan(5);
});
