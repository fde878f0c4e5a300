/**
 * Names the tests that failed and passed when they were repeated: each is a fault to find, in the test or in what it tests.
 *
 * @typedef {import('vitest/node').TestCase} TestCase
 */
export default class RepeatedReporter {
  /** @type {string[]} */
  #repeated = [];

  /** @param {TestCase} test */
  onTestCaseResult(test) {
    if (!test.diagnostic()?.flaky) return;
    const reasons = test.result().errors?.map(({ message }) => `\n    ${message.split('\n')[0]}`) ?? [];
    this.#repeated.push(`  ${test.module.moduleId}: ${test.fullName}${reasons.join('')}`);
  }

  onTestRunEnd() {
    if (this.#repeated.length > 0) console.log(`\nPASSED ONLY ON RETRY:\n${this.#repeated.join('\n')}\n`);
  }
}
