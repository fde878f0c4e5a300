/** A node that is killed, or not: `killed-node ID NAMESPACE`. */
import { defineService, Idempotent, Netron, withAnnotations } from '../../src/index.js';

/** Words of a node to the program that has started it: its run, and at the end the values that it was given. */
export type Word = { readonly ready: string } | { readonly placed: readonly number[] };

export function service(run: string, placed: number[]) {
  return defineService({
    name: 'killed@1.0.0',
    methods: {
      /** Has an effect: must not run twice. */
      place(value: number): string {
        placed.push(value);
        return run;
      },
      where: withAnnotations(() => run, Idempotent(true)),
    },
  });
}

export type Killed = ReturnType<typeof service>;

if (process.argv[1]?.endsWith('killed-node.mjs') === true) {
  const [id = '', namespace = ''] = process.argv.slice(2);
  const run = `${id}-${process.pid}`;
  const placed: number[] = [];
  const netron = await Netron.create({ id, discovery: { namespace, interval: 500 } });
  await netron.peer.exposeService(service(run, placed));
  process.once('SIGTERM', () => {
    void netron.stop().then(() => process.send?.({ placed } satisfies Word, () => process.disconnect()));
  });
  process.send?.({ ready: run } satisfies Word);
}
