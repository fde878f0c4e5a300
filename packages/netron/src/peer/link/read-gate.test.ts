import { expect, it } from 'vitest';
import { ReadGate } from './read-gate.js';

const MiB = 1024 * 1024;

/** A gate, what it looks at, and what it has done. */
function gated() {
  const did: string[] = [];
  const link = {
    node: { reader: { position: 0, elementsLeft: 1_000 }, limits: { elements: 1_000, message: MiB } },
    connection: { pause: () => did.push('pause'), resume: () => did.push('resume') },
    outbox: { full: false, pending: 0 },
    accepted: { message: MiB },
    incoming: { kept: 0 },
  };
  return { did, link, gate: new ReadGate(link, () => did.push('stall')) };
}

it('reading pauses while too many calls wait, and goes on when they have been taken', () => {
  const { did, link, gate } = gated();
  gate.end();
  link.incoming.kept = 4 * MiB + 1;
  gate.end();
  gate.drained();
  gate.open();
  expect(did).toEqual(['pause']);
  link.incoming.kept = 4 * MiB;
  gate.open();
  gate.open();
  expect(did).toEqual(['pause', 'resume']);
});

it('reading pauses when what the other end does not take exceeds all that can be usual', () => {
  const { did, link, gate } = gated();
  Object.assign(link.outbox, { full: true, pending: 4 * MiB });
  gate.end();
  expect(did).toEqual([]);
  link.outbox.pending += 1;
  gate.end();
  expect(did).toEqual(['stall', 'pause']);
});

it('a stall that is broken is read again, and calls cannot wait any more', () => {
  const { did, link, gate } = gated();
  gate.breakStall();
  link.incoming.kept = 5 * MiB;
  gate.end();
  expect(gate.cost()).toBe(0);
  gate.breakStall();
  gate.breakStall();
  expect([did, gate.cost()]).toEqual([['pause', 'resume'], undefined]);
  gate.drained();
  expect(gate.cost()).toBe(0);
});

it('each call costs what of the message came with it', () => {
  const { link, gate } = gated();
  gate.begin();
  Object.assign(link.node.reader, { position: 100, elementsLeft: 990 });
  expect(gate.cost()).toBe(100 + 10 * 64);
  Object.assign(link.node.reader, { position: 150, elementsLeft: 990 });
  expect(gate.cost()).toBe(50);
});
