import { expect, it } from 'vitest';
import { ReceiveAccount, ReceiveBudget } from './receive-budget.js';

it('the first 64 KiB of each connection are free, the rest is limited for the node', () => {
  const budget = new ReceiveBudget(100_000);
  const accounts = Array.from({ length: 3 }, () => new ReceiveAccount(budget));
  const [first, second, third] = accounts as [ReceiveAccount, ReceiveAccount, ReceiveAccount];
  expect([first.take(65_536), budget.used]).toEqual([true, 0]);
  expect([first.take(90_000), budget.used]).toEqual([true, 90_000]);
  expect([second.take(75_537), second.take(75_536), budget.used]).toEqual([false, true, 100_000]);
  expect([third.take(65_536), third.take(1), third.held]).toEqual([true, false, 65_536]);
  first.give(100_000);
  expect([first.held, budget.used]).toEqual([55_536, 10_000]);
  for (const account of accounts) account.close();
  expect([budget.used, first.held]).toEqual([0, 0]);
});
