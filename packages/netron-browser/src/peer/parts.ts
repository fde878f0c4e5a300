/** The parts of a peer: created once from its options and shared by all its calls. */
import { type Clock, systemClock } from '@omnitron-dev/netron/http/client';
import { type Activity, pageActivity } from '../query/activity.js';
import { Bodies } from '../request/codec.js';
import { Credentials } from '../request/credentials.js';
import { Pipeline } from '../request/middleware.js';
import { PageErrors } from '../request/page-errors.js';
import { Transmitter } from '../request/transmitter.js';
import { PeerRetries } from '../retry/peer-retries.js';
import { lowerCased } from '../util/lower-cased.js';
import { Slots } from '../util/slots.js';
import { socketAddress } from './addresses.js';
import { Duplex } from './duplex.js';
import type { HttpPeerOptions } from './options.js';
import { Requests } from './requests.js';
import { Services } from './services.js';

/** The parts of a peer. */
export interface PeerParts {
  /** Name of the server in keys. */
  readonly backend: string;
  /** Sent with every request; names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Milliseconds for a call with all its attempts. */
  readonly timeout: number;
  readonly clock: Clock;
  readonly activity: Activity;
  readonly errors: PageErrors;
  readonly bodies: Bodies;
  readonly pipeline: Pipeline;
  readonly credentials: Credentials;
  readonly retry: PeerRetries;
  readonly transmitter: Transmitter;
  readonly services: Services;
  readonly requests: Requests;
  readonly duplex: Duplex;
}

/**
 * Creates the parts of a peer.
 *
 * @param base address of the node's calls
 * @throws TypeError when an option is wrong
 */
export function partsOf(base: string, options: HttpPeerOptions): PeerParts {
  const { name: backend = base, headers: given = {}, timeout = 30_000, clock = systemClock } = options;
  const headers = lowerCased(given);
  const errors = new PageErrors();
  const bodies = new Bodies(errors, options.codec);
  const pipeline = new Pipeline();
  for (const middleware of options.middleware ?? []) pipeline.use(middleware);
  const probe = () => (pipeline.setsHeaders ? pipeline.headers(base) : undefined);
  const credentials = new Credentials(options, headers.authorization, probe, { clock, timeout });
  const retry = new PeerRetries(options.retry, clock);
  const batch = options.batch === true ? 100 : Number(options.batch ?? 0);
  const transmitter = new Transmitter({
    base,
    fetch: options.fetch,
    clock,
    errors,
    slots: new Slots(options.maxConcurrent ?? (batch === 0 ? 16 : 200)),
    batch,
    pipeline,
    credentials,
    bodies,
    mode: options.credentials,
    retry: () => retry.manager(),
  });
  const services = new Services({
    transmitter,
    credentials,
    headers,
    timeout,
    options,
    retry: () => (retry.always ? { idempotent: true, target: backend } : undefined),
  });
  return {
    backend,
    headers,
    timeout,
    clock,
    activity: options.activity ?? pageActivity(),
    errors,
    bodies,
    pipeline,
    credentials,
    retry,
    transmitter,
    services,
    requests: new Requests({ backend, transmitter, services, timeout, retries: () => retry.always }),
    duplex: new Duplex({
      address: socketAddress(base, options.duplex),
      credentials,
      timeout,
      clock,
    }),
  };
}
