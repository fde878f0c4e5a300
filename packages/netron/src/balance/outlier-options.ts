import type { OptionChecks } from '../util/check-values.js';

/** Conditions under which a node gets no calls for a while because its calls fail. */
export interface OutlierOptions {
  /** Failures in a row. Default 5. */
  consecutive?: number;
  /** Share of failures among at least `volume` calls within ten seconds. Default 0.5. */
  rate?: number;
  /** Default 20. */
  volume?: number;
  /** Milliseconds of the first time; each next time takes as much longer. Default 5,000. */
  ejection?: number;
  /** Share of the nodes that may be left out. When more look bad all are used: then it is not the nodes. Default 0.5. */
  maxEjected?: number;
}

/** Their names, and the values that each may have. */
export const outlierChecks: OptionChecks<OutlierOptions> = {
  consecutive: 'a whole number from 1',
  rate: 'above 0 and at most 1',
  volume: 'a whole number from 1',
  ejection: 'above 0',
  maxEjected: 'above 0 and at most 1',
};
