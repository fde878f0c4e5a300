import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect } from 'vitest';
import * as z from 'zod';
import { ConfigError, type ConfigSource, TitanError } from '../../src/index.js';

/** The folder of the running test. */
export let base: string;
/** Has each test of a file begin with an empty folder, `base`. */
export function inOwnFolder(): void {
  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), 'titan-config-'));
  });
  afterEach(() => rm(base, { recursive: true }));
}

export const write = async (name: string, text: string) => {
  await mkdir(join(base, name, '..'), { recursive: true });
  await writeFile(join(base, name), text);
};
export const file = (path: string): ConfigSource => ({ type: 'file', path });
export const object = (value: object): ConfigSource => ({ type: 'object', value });
export const env = (env: Record<string, string>, prefix = 'APP_'): ConfigSource => ({ type: 'env', prefix, env });

export async function problemsOf(action: Promise<unknown>): Promise<string[]> {
  const error = await action.then(
    () => expect.unreachable('it was accepted'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ConfigError);
  expect(TitanError.is(error) && error.code).toBe('invalid_config');
  return (error as Error).message
    .split('\n')
    .slice(1)
    .map((line) => line.trim());
}

export const schema = z.object({
  name: z.string().default('unnamed'),
  db: z.object({ url: z.string(), maxSize: z.number().int().optional(), password: z.string().optional() }),
  tags: z.array(z.string()).default([]),
  debug: z.boolean().default(false),
});
