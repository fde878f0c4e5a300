/** Runs the middleware of one stage, composed by the core's `compose`; loaded with the first middleware. */
import { compose, NetronError, withOutcome } from '@omnitron-dev/netron/http/client';
import { orAborted, type TimeLimit } from '../util/limit.js';
import { lowerCased } from '../util/lower-cased.js';
import { markNotRun } from '../util/not-run.js';
import type { CallFacts, MiddlewareContext, OutgoingRequest, Pipeline, Registered, RunCall, Stage, Step } from './middleware.js';

type Wrap = (next: Step) => Step;

/** Composed chains by list of middleware and stage. */
const chains = new WeakMap<readonly Registered[], Map<Stage, Step>>();

/** The innermost step of each call. Chains are shared by calls and find it by the context. */
const innermosts = new WeakMap<MiddlewareContext, Map<Stage, Step>>();

/** Runs `innermost` inside the middleware of a stage; the first of the list is the outermost. */
export function runStage(
  registered: readonly Registered[],
  stage: Stage,
  context: MiddlewareContext,
  innermost: Step,
): Promise<void> {
  const steps = innermosts.get(context) ?? new Map<Stage, Step>();
  innermosts.set(context, steps.set(stage, innermost));
  return chainOf(registered, stage)(context);
}

/** Type of `runStage`, for code that loads it. */
export type RunStage = typeof runStage;

/** Creates the context of a request that is not sent yet. */
function newContext(request: OutgoingRequest, call: CallFacts): MiddlewareContext {
  return { ...call, request, response: undefined, result: undefined, error: undefined, attempt: 0, state: new Map() };
}

/** Returns the headers that middleware would add to a request now, with names in lower case. */
export async function headersOf(pipeline: Pipeline, url: string): Promise<Readonly<Record<string, string>>> {
  const request: OutgoingRequest = { method: 'GET', url, headers: {} };
  await pipeline.run(
    'PRE_REQUEST',
    newContext(request, { service: '', method: '', args: [], signal: undefined }),
    async () => {},
  );
  return lowerCased(request.headers);
}

/**
 * Runs a call inside the PRE_CALL middleware; `run` receives the arguments and headers as the middleware leaves them.
 *
 * @param limit time for which middleware may hold the call before it starts, and again its result
 */
export async function around(
  pipeline: Pipeline,
  request: OutgoingRequest,
  call: CallFacts,
  run: RunCall,
  limit: TimeLimit,
): Promise<unknown> {
  const context = newContext(request, call);
  const signal = limit.start();
  let begun = false;
  const work = pipeline.run('PRE_CALL', context, async () => {
    // The call has already been reported as not run.
    signal?.throwIfAborted();
    begun = true;
    limit.end();
    const { args, state } = context;
    try {
      context.result = await run(args, lowerCased(request.headers), state);
    } finally {
      limit.restart();
    }
  });
  try {
    await (signal === undefined ? work : orAborted(work, signal));
    return context.result;
  } catch (error) {
    const own = signal?.aborted !== true || error === call.signal?.reason;
    throw own ? error : withOutcome(error, begun ? 'unknown' : 'not_run');
  } finally {
    limit.end();
  }
}

/** @throws NetronError `invalid_argument` when middleware has changed a call so that it cannot be sent */
function checkMade({ args, request, service, method }: MiddlewareContext): void {
  const headers: unknown = request?.headers;
  if (Array.isArray(args) && typeof headers === 'object' && headers !== null) return;
  const what = Array.isArray(args) ? 'request.headers must be an object' : 'args must be an array';
  throw markNotRun(new NetronError('invalid_argument', `${service}.${method}: after middleware, ${what}`));
}

function chainOf(registered: readonly Registered[], stage: Stage): Step {
  const known = chains.get(registered) ?? new Map<Stage, Step>();
  chains.set(registered, known);
  let chain = known.get(stage);
  if (chain === undefined) {
    const wraps = registered
      .filter((entry) => entry.stage === stage)
      .map(
        ({ execute }): Wrap =>
          (next) =>
          async (context) => {
            await execute(context, () => next(context));
          },
      );
    const last: Step = async (context) => {
      if (stage === 'PRE_CALL' || stage === 'PRE_REQUEST') checkMade(context);
      await innermosts.get(context)?.get(stage)?.(context);
    };
    chain = (compose as unknown as (wraps: readonly Wrap[], last: Step) => Step)(wraps, last);
    known.set(stage, chain);
  }
  return chain;
}
