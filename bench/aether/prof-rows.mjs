import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { aether } from '@omnitron-dev/aether/vite';
import { build } from 'vite';
import solid from 'vite-plugin-solid';
import { openBrowser, openPage, serve } from './harness/browser.mjs';
import { here } from './harness/install.mjs';

const outDir = join(here, '.pages', 'prof');
rmSync(outDir, { recursive: true, force: true });
mkdirSync(outDir, { recursive: true });
const kind = process.argv[2];
const op = process.argv[3] ?? 'create 1,000';
const n = Number(process.argv[4] ?? 20);
await build({
  root: join(here, 'rows'),
  configFile: false,
  logLevel: 'warn',
  plugins: kind === 'aether' ? [aether()] : kind === 'solid' ? [solid({ hot: false })] : [],
  oxc: kind === 'rt' ? { jsx: { runtime: 'automatic', importSource: '@omnitron-dev/aether' } } : {},
  define: { 'process.env.NODE_ENV': '"production"' },
  build: {
    minify: false,
    outDir,
    emptyOutDir: false,
    target: 'es2022',
    modulePreload: false,
    rolldownOptions: {
      input: join(here, 'rows/contenders', kind === 'solid' ? 'solid.jsx' : 'aether.jsx'),
      output: { entryFileNames: '0.js' },
    },
  },
});
const html =
  '<!doctype html><div id="app"></div><script type="module" src="/operations.js"></script><script type="module" src="/0.js"></script>';
const server = await serve(outDir, {
  '0.html': html,
  'operations.js': readFileSync(new URL('rows/operations.js', import.meta.url)),
});
const browser = await openBrowser();
const { page, time } = await openPage(browser, `${server.address}/0.html`);
const cdp = await page.context().newCDPSession(page);
const one = async () => {
  await page.evaluate((o) => window.table.prepare(o, false), op);
  const t = await time(`window.table.act(${JSON.stringify(op)})`);
  await page.evaluate((o) => window.table.check(o), op);
  return t;
};
for (let i = 0; i < 5; i++) await one();
const ts = [];
for (let i = 0; i < n; i++) ts.push(await one());
ts.sort((a, b) => a - b);
console.log(kind, op, 'min', ts[0].toFixed(2), 'median', ts[n >> 1].toFixed(2));
if (process.argv[5]) {
  await cdp.send('Profiler.enable');
  await cdp.send('Profiler.setSamplingInterval', { interval: 200 });
  await cdp.send('Profiler.start');
  for (let i = 0; i < n; i++) await one();
  const { profile: p } = await cdp.send('Profiler.stop');
  const self = {};
  const byId = new Map(p.nodes.map((x) => [x.id, x]));
  p.samples.forEach((s, i) => {
    const x = byId.get(s).callFrame;
    const k = x.functionName + ':' + x.lineNumber;
    self[k] = (self[k] || 0) + p.timeDeltas[i];
  });
  delete self['(idle):-1'];
  delete self['(program):-1'];
  const tot = Object.values(self).reduce((a, b) => a + b);
  for (const [k, v] of Object.entries(self)
    .sort((a, b) => b[1] - a[1])
    .slice(0, 28))
    console.log(((v / tot) * 100).toFixed(1) + '%', (v / 1000 / n).toFixed(2) + 'ms', k);
}
await browser.close();
server.close();
