import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import type { Remote } from '@omnitron-dev/netron';
import type { MarketData } from './market.js';
import type { PriceFeed } from './price-feed.js';
import { type Report, timed } from './report.js';

/** Reads the market in every way: events, a stream, a callback, a call on a pending result. */
export async function readPrices(market: Remote<MarketData>, feed: PriceFeed, report: Report): Promise<void> {
  await feed.more(30);

  let streamed = 0;
  const stream = await timed(async () => {
    for await (const { price, at } of market.streamPrices(['BTC', 'ETH'])) {
      assert.ok(price > 0 && at instanceof Date, 'a price lost its type');
      streamed += 1;
      if (streamed === 40) break;
    }
  });
  const left = performance.now();
  while ((await market.openStreams) > 0) {
    assert.ok(performance.now() - left < 60_000, 'the generator did not end when its reader left');
    await delay(1);
  }
  report.add({ what: 'prices streamed (WebSocket)', count: streamed, ms: stream.ms, note: 'loop left, generator ended' });

  const points = 50_000;
  const history = await timed(async () => {
    let read = 0;
    using tea = await market.instrument('TEA');
    for await (const { tick } of tea.history(points)) assert.equal(tick, ++read, 'an item is missing');
    return read;
  });
  assert.equal(history.result, points, 'the stream ended early');
  report.add({ what: 'historical prices (WebSocket)', count: points, ms: history.ms });

  let heard = 0;
  const watch = await timed(() => market.watch('ETH', () => ++heard < 5));
  assert.equal(heard, 5, 'the callback was not called five times');
  report.add({ what: 'calls of our callback', count: heard, ms: watch.ms });

  const { result: bitcoin, ms } = await timed(() => market.instrument('BTC').price());
  assert.equal(bitcoin.symbol, 'BTC');
  report.add({ what: 'call on a pending result', count: 1, ms, note: 'one round trip for two calls' });
  console.log(`  ${streamed} prices streamed, ${heard} callback calls, BTC is at ${bitcoin.price.toFixed(2)}`);
}
