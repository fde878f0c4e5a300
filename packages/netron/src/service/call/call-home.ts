/** The node of a call, as the call uses it. */
import type { Clock } from '../../util/clock.js';
import type { InFlight } from '../../util/in-flight.js';
import type { OutdatedListener } from './call-tags.js';

/** Whether contexts follow asynchronous work: always, never, or once a method has used its context (`auto`). */
export type ContextTracking = boolean | 'auto';

/** Parts of the node that its calls use. */
export interface CallHome {
  readonly clock: Clock;
  readonly inFlight: Pick<InFlight, 'add' | 'leave' | 'stopped'>;
  /** Whether contexts follow asynchronous work on this node. */
  readonly callContext: ContextTracking;
  /** Receives the tags that a successful call has invalidated. */
  readonly outdated: OutdatedListener;
}
