/** A node that the rolling restarts stop and start again: `rolling-node ID NAMESPACE EPOCH`. */
import {
  defineService,
  events,
  getCallContext,
  Idempotent,
  Netron,
  Resumable,
  tracked,
  withAnnotations,
} from '../../src/index.js';

/** Milliseconds from one number of the log to the next. */
export const pace = 20;

/** What a node says to the program that has started it. */
export type Said =
  | { readonly said: 'ready'; readonly run: string }
  | { readonly said: 'stopped'; readonly run: string; readonly effects: number; readonly ticks: number };

export interface Tick {
  readonly run: string;
  readonly number: number;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export function service(run: string, epoch: number, effects: { count: number }) {
  return defineService({
    name: 'rolling@1.0.0',
    events: events<{ tick: Tick }>(),
    methods: {
      /** Has an effect: must not run twice. */
      async place(value: number): Promise<number> {
        effects.count += 1;
        if (value % 7 === 0) await pause(20);
        return value + 1;
      },
      where: withAnnotations(() => run, Idempotent(true)),
      /** One number each 20 ms since the epoch: the same at every node. */
      follow: withAnnotations(async function* () {
        const { resumeFrom = Math.floor((Date.now() - epoch) / pace) } = getCallContext();
        for (let number = Number(resumeFrom) + 1; ; number += 1) {
          const wait = epoch + number * pace - Date.now();
          if (wait > 0) await pause(wait);
          yield tracked(number, `number ${number}`);
        }
      }, Resumable(true)),
    },
  });
}

export type Rolling = ReturnType<typeof service>;

if (process.argv[1]?.endsWith('rolling-node.mjs') === true) {
  const [id = '', namespace = '', epoch = '0'] = process.argv.slice(2);
  const run = `${id}-${process.pid}`;
  const effects = { count: 0 };
  const say = (message: Said): void => void process.send?.(message);
  const netron = await Netron.create({ id, discovery: { namespace, interval: 500 }, allowServiceEvents: true });
  const rolling = service(run, Number(epoch), effects);
  await netron.peer.exposeService(rolling);
  let ticks = 0;
  const timer = setInterval(() => {
    ticks += 1;
    (rolling as unknown as { emit(event: 'tick', tick: Tick): void }).emit('tick', { run, number: ticks });
  }, 50);
  netron.once('draining', () => clearInterval(timer));
  process.once('SIGTERM', () => {
    void netron.stop().then(() => {
      say({ said: 'stopped', run, effects: effects.count, ticks });
      process.disconnect();
    });
  });
  say({ said: 'ready', run });
}
