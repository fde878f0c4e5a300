import { createToken, inject, type Token } from '@omnitron-dev/nexus';
import { checkSchema, checkText, quoted } from '../errors/check-options.js';
import type { InferOutput, Schema } from '../schema/schema.js';
import { ConfigModule } from './config-module.js';
import { mark, type SectionFacts } from './section-facts.js';

/** A section of the configuration: a schema and a token in one. */
export type Section<S extends Schema = Schema> = Token<InferOutput<S>> & SectionFacts<S>;

/**
 * Defines a section of the configuration. It is a token that can be injected: `constructor(@Inject(DB) db: InferOutput<…>)`;
 * the application validates every section that its providers need before it creates anything.
 *
 * @param path path in the configuration, such as `db`
 * @param schema of any Standard Schema library
 * @throws TitanError `invalid_use` for an invalid path or schema
 */
export function configSection<const S extends Schema>(path: string, schema: S): Section<S> {
  checkText('configSection', 'the path of a section, such as db', path ?? null);
  checkSchema(`configSection ${quoted(path)}: schema`, schema);
  const token = createToken<InferOutput<S>>(path, {
    factory: () => inject(ConfigModule).section(section) as InferOutput<S> | Promise<InferOutput<S>>,
  });
  const marked = { path, schema, [mark]: true, '~standard': schema['~standard'] };
  // Tokens also have symbols of their own.
  const section = Object.freeze(
    Object.defineProperties(marked, Object.getOwnPropertyDescriptors(token)),
  ) as unknown as Section<S>;
  return section;
}
