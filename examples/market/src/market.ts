/** Invented prices of a market, over WebSocket: `node market.js [port]`. */
import { setTimeout as delay } from 'node:timers/promises';
import { Netron, NotFoundError, Public, Service } from '@omnitron-dev/netron';
import { announce } from './announce.js';
import { marketNamespace } from './namespace.js';

export interface Price {
  symbol: string;
  /** Counts the market's ticks, from 1. */
  tick: number;
  price: number;
  at: Date;
}

const base = new Map([
  ['BTC', 60_000],
  ['ETH', 3_000],
  ['TEA', 4],
]);
const tickMs = 10;

@Service('instrument@1.0.0')
export class Instrument {
  readonly #symbol: string;
  readonly #price: number;
  #tick = 0;

  constructor(symbol: string, price: number) {
    this.#symbol = symbol;
    this.#price = price;
  }

  @Public()
  price(): Price {
    const price = this.#price * (1 + Math.sin(this.#tick / 50) / 10);
    return { symbol: this.#symbol, tick: this.#tick, price, at: new Date() };
  }

  /** Past prices, the oldest first. */
  @Public()
  *history(points: number): Generator<Price> {
    for (let tick = 1; tick <= points; tick += 1) yield { ...this.price(), tick };
  }

  advance(): Price {
    this.#tick += 1;
    return this.price();
  }
}

@Service('marketData@1.0.0')
export class MarketData {
  readonly instruments = new Map([...base].map(([symbol, price]) => [symbol, new Instrument(symbol, price)]));
  #streams = 0;

  /** Number of open streams. */
  @Public()
  get openStreams(): number {
    return this.#streams;
  }

  /** Returns the instrument itself: it stays here, and the client calls its methods. */
  @Public()
  instrument(symbol: string): Instrument {
    const found = this.instruments.get(symbol);
    if (found === undefined) throw new NotFoundError(`no instrument '${symbol}'`);
    return found;
  }

  /** Returns the current price; callers may cache it for a second. */
  @Public({ cache: { ttl: 1 } })
  quote(symbol: string): Price {
    return this.instrument(symbol).price();
  }

  /** Streams prices until the reader leaves. */
  @Public()
  async *streamPrices(symbols: string[]): AsyncGenerator<Price> {
    this.#streams += 1;
    try {
      for (;;) {
        for (const symbol of symbols) yield this.instrument(symbol).price();
        await delay(tickMs);
      }
    } finally {
      this.#streams -= 1;
    }
  }

  /** Calls `listener`, a function of the caller, with the price at each tick until it returns `false`. */
  @Public()
  async watch(symbol: string, listener: (price: Price) => boolean | Promise<boolean>): Promise<void> {
    while (await listener(this.instrument(symbol).price())) await delay(tickMs);
  }
}

const netron = await Netron.create({
  id: 'market',
  listenPort: Number(process.argv[2] ?? 0),
  http: true,
  remoteEvents: ['price:*'],
  discovery: { namespace: marketNamespace() },
});
const market = new MarketData();
await netron.peer.exposeService(market);
setInterval(() => {
  for (const [symbol, instrument] of market.instruments) netron.publish(`price:${symbol}`, instrument.advance());
}, tickMs);
announce(netron);
