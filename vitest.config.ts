import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { playwright } from '@vitest/browser-playwright';
import { defaultClientConditions, defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';
import { aether } from './packages/aether/src/vite/index.ts';
import { standardDecorators } from './tools/standard-decorators.ts';

const source = '@omnitron-dev/source';
const chromium = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--js-flags=--expose-gc',
];

// Tests read the packages' sources; nothing has to be built before them.
// Prepared before the first page asks, which would load all over again otherwise.
const optimizeDeps = { include: ['fast-check'] };
const client = { resolve: { conditions: [source, ...defaultClientConditions] }, optimizeDeps };
const server = { resolve: { conditions: [source, ...defaultServerConditions] } };
// The runner has an environment of its own for what it starts before the tests: the servers that pages talk to.
const node = { ...client, ssr: server, environments: { __vitest__: server } };

// Tests are written in the legacy decorator dialect, but for the folders named "standard".
const plugins = [standardDecorators((file) => file.includes('/test/standard/'))];
const oxc = {
  decorator: { legacy: true, emitDecoratorMetadata: true },
  jsx: { runtime: 'automatic' as const, importSource: '@omnitron-dev/aether' },
};

const packages = readdirSync(new URL('packages', import.meta.url)).filter((name) =>
  existsSync(new URL(`packages/${name}/package.json`, import.meta.url)),
);

// As long as a test may take: the runner's own second is too short for a busy machine.
const patient = { poll: { timeout: 170_000 } };

const pages = ['*/test/**/*.browser.test.{ts,tsx}', '*/src/**/*.browser.test.{ts,tsx}'];
const browser = (name: string, include: string[]) => ({
  name,
  include,
  root: 'packages',
  globalSetup: ['netron', 'titan'].map((server) =>
    fileURLToPath(new URL(`./packages/${server}/test/browser/server.setup.ts`, import.meta.url)),
  ),
  testTimeout: 180_000,
  hookTimeout: 180_000,
  expect: patient,
  browser: {
    enabled: true,
    headless: true,
    screenshotFailures: false,
    instances: [{ browser: 'chromium' as const }],
    provider: playwright({
      launchOptions: { executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: chromium },
    }),
  },
});

export default defineConfig({
  test: {
    maxWorkers: '100%',
    // Read here only, for all projects. The runner's own minute is too short for two browsers that start on a busy machine.
    browser: { connectTimeout: 180_000 },
    reporters: process.env.CI ? ['default', ['junit', { outputFile: 'coverage/junit.xml' }]] : ['default'],
    coverage: { provider: 'v8', include: ['packages/*/src/**'], reporter: ['text-summary', 'lcov'] },
    projects: [
      ...packages.map((name) => ({
        ...node,
        plugins,
        oxc,
        test: {
          name,
          root: `packages/${name}`,
          include: ['src/**/*.test.{ts,tsx}', 'test/**/*.test.{ts,tsx}'],
          exclude: ['**/*.browser.test.{ts,tsx}'],
          // Only a test that hangs takes so long: none passes or fails by the clock.
          testTimeout: 180_000,
          hookTimeout: 180_000,
          expect: patient,
          typecheck: {
            enabled: true,
            include: ['src/**/*.test-d.{ts,tsx}', 'test/**/*.test-d.{ts,tsx}'],
            tsconfig: './test/tsconfig.json',
          },
        },
      })),
      // Views show the same compiled as they do at run time: their tests run both ways.
      {
        ...node,
        plugins: [aether(), ...plugins],
        oxc,
        test: {
          name: 'aether-compiled',
          root: 'packages/aether',
          include: ['test/**/*.test.tsx'],
          exclude: ['**/*.browser.test.tsx'],
          testTimeout: 180_000,
          expect: patient,
        },
      },
      { ...node, plugins, oxc, test: browser('browser', pages) },
      {
        ...node,
        plugins: [aether(), ...plugins],
        oxc,
        test: browser('browser-compiled', ['aether/test/**/*.browser.test.tsx']),
      },
    ],
  },
});
