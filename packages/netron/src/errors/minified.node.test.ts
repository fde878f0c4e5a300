import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { expect, it } from 'vitest';

it('recognises named errors although a minifier has renamed their classes', async () => {
  const { outputFiles } = await build({
    stdin: {
      contents: "export { ErrorRegistry } from './error-registry.js'; export { NotFoundError } from './named-errors.js';",
      resolveDir: fileURLToPath(new URL('.', import.meta.url)),
    },
    conditions: ['@omnitron-dev/source'],
    bundle: true,
    minify: true,
    write: false,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
  });
  const code = Buffer.from(outputFiles[0]!.contents).toString('base64');
  const { ErrorRegistry, NotFoundError } = await import(`data:text/javascript;base64,${code}`);
  expect(NotFoundError.name).not.toBe('NotFoundError');
  const registry = new ErrorRegistry();
  expect(registry.encode(new NotFoundError('no user 7'))).toMatchObject({ name: 'NotFoundError', code: 'not_found' });
  const error = registry.decode({ name: 'NotFoundError', code: 'not_found', message: 'no user 7', fields: {} });
  expect(error).toBeInstanceOf(NotFoundError);
});
