import { afterEach, expect, it, vi } from 'vitest';
import { environment } from '../lib/environment.mjs';

afterEach(() => vi.unstubAllEnvs());

const needed = ['npm_config_registry', 'npm_config_cafile', 'npm_config_https_proxy', 'npm_config_userconfig'];
const odd = [
  'npm_config_omit',
  'npm_config_global',
  'NPM_CONFIG_DRY_RUN',
  'npm_config_prefix',
  'npm_lifecycle_event',
  'NODE_ENV',
];

it('keeps what npm needs to reach its registry and nothing else of npm', () => {
  for (const name of [...needed, ...odd]) vi.stubEnv(name, 'x');
  const env = environment({ EXTRA: '1' });
  expect(env).toMatchObject({ EXTRA: '1', PATH: process.env.PATH });
  expect(needed.filter((name) => env[name] !== 'x')).toEqual([]);
  expect(odd.filter((name) => name in env)).toEqual([]);
});
