/// <reference path="./server.setup.ts" />
import { Netron, type NetronError } from '@omnitron-dev/netron';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { VirtualClock } from '../../../netron/test/integration/virtual-clock.js';
import type { Desk, News } from './services.js';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

/** Milliseconds after which a token of a minute is renewed. */
const renewal = 48_000;

/** A page with two connections: one of its user, one that nobody has to be known for. */
async function visit(token: (desk: Desk) => () => unknown) {
  const open = { logLevel: 'silent', stopTimeout: 0, heartbeatInterval: 0 } as const;
  const anonymous = await Netron.create(open);
  ends.push(() => anonymous.stop());
  const peer = await anonymous.connect(inject('titan'));
  const desk = await peer.queryInterface<Desk>('desk');
  const teller = await peer.queryInterface<News>('news');
  const clock = new VirtualClock();
  const netron = await Netron.create({ ...open, clock, credentials: token(desk as unknown as Desk) });
  ends.push(() => clock.settle(netron.stop()));
  const own = await netron.connect(inject('titan'));
  return { clock, desk, teller, own, news: await own.queryInterface<News>('news') };
}

describe('a token that expires while a page is connected', () => {
  it('is renewed in place before that: a running stream loses no item', async () => {
    let tokens = 0;
    const { clock, desk, teller, news } = await visit((issuer) => () => {
      tokens += 1;
      return issuer.token('ada');
    });
    const items: number[] = [];
    const reading = (async () => {
      for await (const item of news.follow()) {
        items.push(item);
        if (item === 30) return;
      }
    })();
    while (items.length === 0) await teller.tell(0);
    for (let item = 1; item <= 30; item += 3) {
      const expires = await news.expires();
      await teller.tell(item);
      await desk.pass(1_000);
      await clock.advance(renewal);
      await teller.tell(item + 1);
      while ((await news.expires()) === expires);
      await teller.tell(item + 2);
      await desk.pass(renewal);
    }
    await reading;
    expect(items.filter((item) => item > 0)).toEqual(Array.from({ length: 30 }, (_, index) => index + 1));
    expect(tokens).toBeGreaterThanOrEqual(11);
  });

  it('and is not renewed: its stream ends, the next call is refused, the connection stays', async () => {
    let token: unknown;
    const { desk, teller, news, own } = await visit((issuer) => async () => {
      token ??= await issuer.token('ada');
      return token;
    });
    const code = async (stream: AsyncIterable<number>) => {
      try {
        for await (const item of stream) items.push(item);
      } catch (error) {
        return (error as NetronError).code;
      }
      return 'an end';
    };
    const items: number[] = [];
    const ended = code(news.follow());
    while (items.length === 0) await teller.tell(1);
    await desk.pass(65_000);
    expect(await ended).toMatch(/^(unauthenticated|permission_denied)$/);
    expect(await code(news.follow())).toBe('unauthenticated');
    expect(own.state).toBe('ready');
  });
});
