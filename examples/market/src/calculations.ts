import assert from 'node:assert/strict';
import { type Remote, ValidationError } from '@omnitron-dev/netron';
import type { Calculator } from './calculator.js';
import { type Report, timed } from './report.js';

/** Calls the calculator: one call after the other, many at once, and one that fails. */
export async function calculate(calculator: Remote<Calculator>, report: Report): Promise<void> {
  const inTurn = 2_000;
  const turns = await timed(async () => {
    let sum = 0;
    for (let n = 1; n <= inTurn; n += 1) sum = await calculator.add(sum, n);
    return sum;
  });
  assert.equal(turns.result, (inTurn * (inTurn + 1)) / 2, 'wrong sum');
  report.add({ what: 'calls, one after the other (TCP)', count: inTurn, ms: turns.ms });

  const atOnce = 10_000;
  const numbers = Array.from({ length: atOnce }, (_, n) => n);
  const { result: sums, ms } = await timed(() => Promise.all(numbers.map((n) => calculator.add(n, n))));
  assert.ok(
    sums.every((sum, n) => sum === 2 * n),
    'a result went to the wrong call',
  );
  report.add({ what: 'calls, all at once (TCP)', count: atOnce, ms });

  const error = await calculator.divide(1, 0).catch((caught: unknown) => caught);
  assert.ok(error instanceof ValidationError && error.code === 'invalid_argument', 'the error lost its class');
  console.log(`  ${atOnce + inTurn} sums are right; a division by zero is a ${error.name}: ${error.message}`);
}
