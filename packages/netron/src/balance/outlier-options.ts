import type { OptionChecks } from '../util/check-values.js';

/** Conditions under which a node whose calls fail is ejected, so that it gets no calls for a while. */
export interface OutlierOptions {
  /** Failures in a row. Default 5. */
  consecutive?: number;
  /** Share of failures among at least `volume` calls within ten seconds. Default 0.5. */
  rate?: number;
  /** Number of calls within ten seconds below which the rate is ignored. Default 20. */
  volume?: number;
  /** Milliseconds of the first ejection; each further one is longer by this time. Default 5,000. */
  ejection?: number;
  /** Maximum share of the nodes that may be ejected. When more would be, all are used, because the nodes are not the cause then. Default 0.5. */
  maxEjected?: number;
}

/** Names of the options, and the values that each may have. */
export const outlierChecks: OptionChecks<OutlierOptions> = {
  consecutive: 'a positive integer',
  rate: 'above 0 and at most 1',
  volume: 'a positive integer',
  ejection: 'a positive number',
  maxEjected: 'above 0 and at most 1',
};
