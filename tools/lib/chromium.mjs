import { chromium } from 'playwright';

/** Milliseconds that Chromium may take for one thing on a busy machine: only what hangs takes longer. */
export const patience = 150_000;

/** Program and arguments, as all who start it give them. */
export const launch = {
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
  timeout: patience,
};

/**
 * Starts Chromium and opens a tab that waits for what it is asked for as long as a busy machine may take.
 *
 * @param {import('playwright').BrowserContextOptions} [options]
 */
export async function openTab(options) {
  const browser = await chromium.launch(launch);
  const tab = await browser.newPage(options);
  tab.setDefaultTimeout(patience);
  return { browser, tab };
}
