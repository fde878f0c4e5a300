import assert from 'node:assert/strict';
import type { Peer } from '@omnitron-dev/netron';
import type { Price } from './market.js';

/** Subscribes to the published prices of the market, and detects missing ones. */
export class PriceFeed {
  /** Number of events received so far. */
  count = 0;
  #missing = 0;
  readonly #ticks = new Map<string, number>();
  #waiting: (() => void)[] = [];

  async follow(peer: Peer): Promise<void> {
    await peer.subscribe('price:*', (price) => this.#hear(price as Price));
  }

  /** Resolves after `count` more events. */
  async more(count: number): Promise<void> {
    for (let left = count; left > 0; left -= 1) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  /** The market has restarted: it counts its ticks from 1. */
  startOver(): void {
    this.#ticks.clear();
  }

  /** Throws if an event was lost, or arrived twice. */
  verify(): void {
    assert.equal(this.#missing, 0, 'price events are missing');
  }

  #hear({ symbol, tick }: Price): void {
    const before = this.#ticks.get(symbol);
    if (before !== undefined && tick !== before + 1) this.#missing += 1;
    this.#ticks.set(symbol, tick);
    this.count += 1;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}
