import { expect, it } from 'vitest';
import type { Limits } from '../../wire/limits.js';
import { declinedParts } from './declined-parts.js';
import { flowPart } from './flow-part.js';
import { ReceiveAccount, ReceiveBudget } from './receive-budget.js';

const MiB = 1024 * 1024;

/** A gate, the state that it watches, and its actions. */
function gated({ gate: make } = flowPart) {
  const did: string[] = [];
  const link = {
    node: { reader: { position: 0, elementsLeft: 1_000, limits: { elements: 1_000 } as Limits }, limits: { message: MiB } },
    connection: { pause: () => did.push('pause'), resume: () => did.push('resume') },
    outbox: { full: false, backlog: 0, solid: 0 },
    account: new ReceiveAccount(new ReceiveBudget(MiB)),
    accepted: { message: MiB },
    incoming: { kept: 0 },
    heartbeat: { stall: () => void did.push('stall') },
    violated: ({ code }: { code: string }) => void did.push(code),
  };
  return { did, link, gate: make(link) };
}

it('reading pauses while too many calls wait, and resumes when they have started', () => {
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

it('reading pauses when the unsent bytes exceed the limit', () => {
  const { did, link, gate } = gated();
  Object.assign(link.outbox, { full: true, backlog: 4 * MiB });
  gate.end();
  expect(did).toEqual([]);
  link.outbox.backlog += 1;
  gate.end();
  expect(did).toEqual(['stall', 'pause']);
});

it('breaking a stall resumes reading and refuses calls that would wait', () => {
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

it('each call costs its share of the message', () => {
  const { link, gate } = gated();
  gate.begin();
  Object.assign(link.node.reader, { position: 100, elementsLeft: 990 });
  expect(gate.cost()).toBe(100 + 10 * 64);
  Object.assign(link.node.reader, { position: 150, elementsLeft: 990 });
  expect(gate.cost()).toBe(50);
});

it('a call cannot wait without memory in the node; beginning calls free it', () => {
  const { link, gate } = gated();
  const others = new ReceiveAccount(new ReceiveBudget(0));
  link.account = others;
  gate.begin();
  Object.assign(link.node.reader, { position: 65_536, elementsLeft: 1_000 });
  expect(gate.cost()).toBe(65_536);
  Object.assign(link.node.reader, { position: 65_537 });
  expect(gate.cost()).toBeUndefined();
  gate.begun(65_536);
  expect(gate.cost()).toBe(1);
});

it('a link that is never called is closed when the other end does not read the answers to its packets', () => {
  const { did, link, gate } = gated(declinedParts.flow);
  Object.assign(link.outbox, { full: true, backlog: 4 * MiB });
  gate.end();
  expect(did).toEqual([]);
  link.outbox.backlog += 1;
  gate.end();
  expect(did).toEqual(['resource_exhausted']);
});
