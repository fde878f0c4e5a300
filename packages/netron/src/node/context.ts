/** Parts that the peers of a node and of a client both need, made from their options. */
import { consoleLogger, random, randomBytes, systemClock } from '#platform';
import { BufferPool } from '../peer/link/buffer-pool.js';
import { helloReader } from '../peer/link/greeting.js';
import { announcedLimits } from '../peer/link/message-limits.js';
import { ReceiveBudget } from '../peer/link/receive-budget.js';
import type { NodeBasis } from '../peer/node-role.js';
import { InFlight } from '../util/in-flight.js';
import { leveled } from '../util/logger.js';
import { randomId } from '../util/random-id.js';
import { readOptions } from '../util/read-options.js';
import { systemScheduler } from '../util/scheduler.js';
import { Ticker } from '../util/ticker.js';
import { systemTurnEnds, TurnEnds } from '../util/turn-end.js';
import { Reader } from '../wire/reader.js';
import { checkedBytes, idOf, limitOf, limitsOf, metadataOf } from './checked-options.js';
import type { NetronOptions } from './options.js';

/** Options for calls: those that a node and a client share. */
export type CallingOptions = Pick<
  NetronOptions,
  | 'id'
  | 'metadata'
  | 'requestTimeout'
  | 'taskTimeout'
  | 'streamTimeout'
  | 'heartbeatInterval'
  | 'middleware'
  | 'construct'
  | 'callSites'
  | 'limits'
  | 'cycles'
  | 'logger'
  | 'logLevel'
  | 'clock'
  | 'random'
  | 'randomBytes'
  | 'scheduler'
>;

/** Milliseconds between two checks of the deadlines of calls. */
const deadlinePeriod = 20;

/** Milliseconds between two checks of heartbeats. */
const beatPeriod = 1_000;

/**
 * Returns the parts of a node that peers use, with defaults for options that were not given.
 *
 * @throws RangeError for invalid limits, times and ids
 */
export function nodeBasis(
  options: CallingOptions,
  { errors, values, compression, definitions }: Pick<NodeBasis, 'errors' | 'values' | 'compression' | 'definitions'>,
): NodeBasis {
  const { clock = systemClock, scheduler = systemScheduler, logger } = options;
  const bytes = options.randomBytes === undefined ? randomBytes : checkedBytes(options.randomBytes);
  const given = options.limits === undefined ? {} : readOptions(options.limits, 'limits');
  const { receiving, ...limits } = limitsOf(given);
  const requestTimeout = limitOf('requestTimeout', options.requestTimeout, 30_000);
  return {
    id: idOf(options.id, bytes),
    instance: randomId(bytes),
    started: Math.floor(clock.wall()),
    metadata: metadataOf(options.metadata, values),
    clock,
    scheduler,
    turnEnds: scheduler === systemScheduler ? systemTurnEnds : new TurnEnds(scheduler),
    random: options.random ?? random,
    randomBytes: bytes,
    deadlines: new Ticker(clock, deadlinePeriod),
    inFlight: new InFlight(scheduler.collects),
    beats: new Ticker(clock, beatPeriod),
    buffers: new BufferPool(),
    reader: new Reader(limits),
    greetings: helloReader(values),
    limits,
    cycles: options.cycles === true,
    announced: announcedLimits(given, limits),
    receiving: new ReceiveBudget(receiving),
    errors,
    values,
    definitions,
    logger: leveled(logger ?? consoleLogger, options.logLevel ?? (logger === undefined ? 'warn' : 'debug'), clock),
    compression,
    sessions: undefined,
    requestTimeout,
    taskTimeout: options.taskTimeout === undefined ? requestTimeout : limitOf('taskTimeout', options.taskTimeout, 0),
    streamTimeout: limitOf('streamTimeout', options.streamTimeout, 0),
    heartbeatInterval: limitOf('heartbeatInterval', options.heartbeatInterval, 15_000),
  };
}
