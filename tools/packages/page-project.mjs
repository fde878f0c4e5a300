// The project that `npm create @omnitron-dev/aether` makes: generated from the packed tarballs in an empty folder, installed,
// linted, type-checked, built, tested, then served and looked at in Chromium.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openTab } from '../lib/chromium.mjs';
import { npm, run } from '../lib/run.mjs';
import { freePort, useTarballs } from './projects.mjs';

/**
 * Makes the checks of the template.
 *
 * @param {string} folder an empty one
 * @param {ReadonlyMap<string, string>} tarballs by name of the package
 * @param {string} creator folder where the program is installed
 * @returns {import('../lib/checks.mjs').Check[]}
 */
export function pageProjectChecks(folder, tarballs, creator) {
  mkdirSync(folder, { recursive: true });
  const program = join(creator, 'node_modules/@omnitron-dev/create-aether/bin/create-aether.mjs');
  const project = join(folder, 'page');
  const name = (/** @type {string} */ step) => `project (page): ${step}`;
  return [
    { name: name('is generated'), run: () => run(process.execPath, [program, 'page'], { cwd: folder }) },
    {
      name: name('installs'),
      async run() {
        useTarballs(project, tarballs);
        return npm(['install', '--no-audit', '--no-fund', '--prefer-offline'], { cwd: project });
      },
    },
    // The manifest, which has tarballs now, has another form.
    {
      name: name('is linted'),
      run: () => npm(['run', 'lint', '--', 'src', 'server', 'test', 'vite.config.ts'], { cwd: project }),
    },
    { name: name('type-checks and builds'), run: () => npm(['run', 'build'], { cwd: project }) },
    { name: name('passes its tests'), run: () => npm(['test', '--', '--testTimeout', '60000'], { cwd: project }) },
    { name: name('adds a note in Chromium, built'), run: () => addsNote(project, ['dist/server/main.js']) },
    {
      name: name('adds a note in Chromium, served by Vite'),
      run: () => addsNote(project, ['node_modules/vite/bin/vite.js', '--host', '127.0.0.1', '--strictPort', '--port']),
    },
  ];
}

/**
 * Starts a server of the project and adds a note in its page.
 *
 * @param {string} project
 * @param {readonly string[]} command of Node; one that ends in an option gets the port as its value
 */
async function addsNote(project, command) {
  const port = await freePort();
  const args = command.at(-1) === '--port' ? [...command, String(port)] : command;
  const env = { ...process.env, PORT: String(port) };
  const child = spawn(process.execPath, args, { cwd: project, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const ended = once(child, 'exit');
  let output = '';
  const ready = new Promise((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (/** @type {string} */ text) => {
        output += text;
        if (output.includes('http://')) resolve(undefined);
      });
    }
  });
  await Promise.race([ready, ended]);
  const { browser, tab } = await openTab();
  try {
    tab.on('pageerror', (error) => {
      output += `${error.stack ?? error.message}\n`;
    });
    await tab.goto(`http://127.0.0.1:${port}/`);
    await tab.fill('[name=text]', 'milk');
    await tab.click('text=Add');
    await tab.waitForSelector('li:has-text("milk")');
    // The address of a route that the page may have.
    await tab.goto(`http://127.0.0.1:${port}/some/page`);
    await tab.waitForSelector('li:has-text("milk")');
    return { code: 0, output };
  } catch (error) {
    return { code: 1, output: `${error}\n${output}` };
  } finally {
    await browser.close();
    child.kill('SIGTERM');
    await ended;
  }
}
