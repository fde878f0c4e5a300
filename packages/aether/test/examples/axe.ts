import axe from 'axe-core';
import type { Page } from 'playwright';

/** Rules that a page breaks, with the elements: none, where everybody can use it. */
export async function findings(tab: Page): Promise<string[]> {
  await tab.evaluate(axe.source);
  const { violations } = (await tab.evaluate('axe.run()')) as Pick<axe.AxeResults, 'violations'>;
  return violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
}
