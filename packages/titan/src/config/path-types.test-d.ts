import { describe, expectTypeOf, it } from 'vitest';
import * as z from 'zod';
import { type Config, ConfigModule, configSection } from '../index.js';

interface Shape {
  name: string;
  db: { url: string; pool?: { size: number } };
  tags: string[];
  when: Date;
}
declare const config: Config<Shape>;

describe('get', () => {
  it('is typed key by key', () => {
    expectTypeOf(config.get()).toEqualTypeOf<Shape>();
    expectTypeOf(config.get('name')).toEqualTypeOf<string>();
    expectTypeOf(config.get('db')).toEqualTypeOf<Shape['db']>();
    expectTypeOf(config.get('db.url')).toEqualTypeOf<string>();
    expectTypeOf(config.get('db.pool.size')).toEqualTypeOf<number | undefined>();
    expectTypeOf(config.get('tags')).toEqualTypeOf<string[]>();
    expectTypeOf(config.get('when')).toEqualTypeOf<Date>();
  });
  it('refuses keys that are not there', () => {
    // @ts-expect-error no such key
    config.get('nam');
    // @ts-expect-error no such key below
    config.get('db.uri');
    // @ts-expect-error lists and dates end the path
    config.get('when.getTime');
  });
  it('knows what a schema gives', async () => {
    const schema = z.object({ port: z.string().transform(Number) });
    const loaded = await new ConfigModule().loadWithSchema({ schema, sources: [] });
    expectTypeOf(loaded.get('port')).toEqualTypeOf<number>();
    const section = configSection('http', schema);
    expectTypeOf(new ConfigModule().section(section)).toEqualTypeOf<{ port: number } | Promise<{ port: number }>>();
    expectTypeOf((await new ConfigModule().loadWithSchema({ schema: section, sources: [] })).get('port')).toEqualTypeOf<number>();
  });
});
