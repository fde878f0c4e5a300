import { expect, it } from 'vitest';
import { measure } from './measure.js';

const few = { mount: 150, navigate: 100 };

it('pages that are shown and ended leave no nodes, listeners, timers, followers of the cache and streams; nor do navigations', async () => {
  const { asked, askedAfterwards, ...measured } = await measure(few);
  for (const [name, times] of Object.entries(few)) {
    const { before, after } = measured[name as keyof typeof few];
    expect({ name, left: after.left, running: after.running, timers: after.timers }).toEqual({
      name,
      left: 0,
      running: 0,
      timers: before.timers,
    });
    // Nothing that grows with the rounds, whatever the browser keeps for itself.
    expect(after.nodes - before.nodes, `nodes after ${name}`).toBeLessThan(times / 10);
    expect(after.listeners - before.listeners, `listeners after ${name}`).toBeLessThan(times / 10);
  }
  expect(askedAfterwards).toEqual(asked);
});
