/** The contract between the page and its server. */

export interface Price {
  readonly symbol: string;
  readonly value: number;
}

export interface IMarket {
  /** Symbols with their current prices. */
  list(): Promise<Price[]>;
  /** Changes since the call, in bundles. */
  changes(): AsyncIterable<Price[]>;
}
