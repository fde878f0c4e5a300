import { expect, it } from 'vitest';
import { measure } from './measure.js';

const few = { mount: 60, navigate: 60 };

const modes: [name: string, compiled: boolean][] = [
  ['compiled', true],
  ['at run time', false],
];

it.each(modes)(
  'ended pages and navigations leave no nodes, listeners, timers, cache observers and streams: %s',
  async (_, compiled) => {
    const { asked, askedAfterwards, ...measured } = await measure(few, { countHeap: false, compiled });
    for (const [name, times] of Object.entries(few)) {
      const { before, after } = measured[name as keyof typeof few];
      expect({ name, left: after.left, running: after.running }).toEqual({ name, left: 0, running: 0 });
      // Nothing that grows with the rounds, whatever the browser keeps for itself.
      for (const what of ['nodes', 'listeners', 'timers'] as const)
        expect(after[what] - before[what], `${what} after ${name}`).toBeLessThan(times / 2);
    }
    expect(askedAfterwards).toEqual(asked);
  },
);
