import { readFileSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { ErrorRegistry } from '../errors/error-registry.js';
import { NotFoundError } from '../errors/named-errors.js';
import { NetronError } from '../errors/netron-error.js';
import { createProxy } from '../service/call/proxy.js';
import { defineService } from '../service/declare/define-service.js';
import { ServiceRegistry } from '../service/registry.js';
import { serviceBinder } from '../service/service-binder.js';
import { richWriter } from '../wire/rich-values.js';
import { writeValue } from '../wire/value-writer.js';
import { firstFile, madeElsewhere, version } from './copy.js';

/** Loads the same modules again, as a second copy of the package. */
async function another() {
  vi.resetModules();
  return {
    ...(await import('../errors/netron-error.js')),
    ...(await import('../errors/named-errors.js')),
    ...(await import('../service/declare/define-service.js')),
    ...(await import('../service/call/proxy.js')),
  };
}

describe('two copies of the package in one program', () => {
  it('the version equals that of the manifest', () => {
    const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string };
    expect(version).toBe(manifest.version);
  });

  it.each([
    [
      'Error\n    at place (file:///app/node_modules/@omnitron-dev/netron/dist/a.js:1:23)',
      'file:///app/node_modules/@omnitron-dev/netron/dist/a.js',
    ],
    ['Error\n    at /app/@omnitron-dev/a.js:12:3\n    at b (/c.js:1:2)', '/app/@omnitron-dev/a.js'],
    ['Error\n    at place (C:\\app\\@omnitron-dev\\a.js:1:2)', 'C:\\app\\@omnitron-dev\\a.js'],
    ['place@https://cdn.example/@omnitron-dev/a.js:1:23\nb@https://c.js:1:2', 'https://cdn.example/@omnitron-dev/a.js'],
    ['', 'an unknown file'],
  ])('the file of a stack is named whole: %s', (stack, file) => {
    expect(firstFile(stack)).toBe(file);
  });

  it('errors of the other copy are recognised by their code', async () => {
    const other = await another();
    const error = new other.NotFoundError('none');
    expect(error).not.toBeInstanceOf(NetronError);
    expect(NetronError.is(error, 'not_found')).toBe(true);
    expect(NetronError.from(error)).toBe(error);
    const errors = new ErrorRegistry();
    expect(errors.decode(errors.encode(error))).toBeInstanceOf(NotFoundError);
    const plain = errors.decode(errors.encode(new other.NetronError('aborted', 'again', { retryAfterMs: 5 })));
    expect(plain).toBeInstanceOf(NetronError);
    expect(plain).toMatchObject({ code: 'aborted', retryAfterMs: 5 });
  });

  it('a service of the other copy is refused with both versions and paths', async () => {
    const other = await another();
    const service = other.defineService({ name: 'theirs', methods: { hello: () => 'hello' } });
    const registry = new ServiceRegistry(serviceBinder({ incoming: [], construct: undefined }), () => {});
    expect(() => registry.expose(service)).toThrow(
      /comes from another copy of @omnitron-dev\/netron: 0\.1\.0 in .*; this is 0\.1\.0 in .*: install one/,
    );
    expect(() => registry.expose({})).toThrow('exposeService: expected an instance');
    expect(madeElsewhere(defineService({ name: 'ours', methods: {} }))).toBeUndefined();
  });

  it('a proxy of the other copy is refused when it is sent', async () => {
    const other = await another();
    const definition = { name: 'theirs', version: '1.0.0', members: [] };
    const proxy = other.createProxy({ definition } as never);
    expect(() => writeValue(richWriter(0), [proxy])).toThrow('value[0] comes from another copy of @omnitron-dev/netron');
    expect(madeElsewhere(createProxy({ definition } as never))).toBeUndefined();
  });
});
