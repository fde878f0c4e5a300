import type { FlowPart } from './link-parts.js';
import { ReadGate } from './read-gate.js';
import { ReceiveAccount } from './receive-budget.js';

/** Flow control for links that buffer what they receive: calls, and messages in parts. */
export const flowPart: FlowPart = {
  account: (budget) => new ReceiveAccount(budget),
  gate: (link) => new ReadGate(link),
};
