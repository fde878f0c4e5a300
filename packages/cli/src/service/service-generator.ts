import { manifestOf } from '../plan/manifest.js';
import { checkServiceName, serviceValues } from '../plan/names.js';
import { type WriteOptions, writePlan } from '../plan/plan.js';
import { Refusal } from '../plan/refusal.js';
import { type Dialect, dialects, serviceFiles } from '../plan/templates.js';

/** Options of the generator. */
export interface GenerateOptions extends WriteOptions {
  /** Folder of the project. Default: the working directory. */
  readonly folder?: string;
  /** Default: that of the project. */
  readonly dialect?: Dialect;
}

/** Result of the generator. */
export interface Generated {
  readonly name: string;
  readonly dialect: Dialect;
  /** Relative to the folder of the project. */
  readonly files: readonly string[];
  /** Lines to add to the module of the application: the import, and the call that exposes the service. */
  readonly add: readonly string[];
}

/** Generates services: contract, service and test in `src/services`. */
export class ServiceGenerator {
  /**
   * Writes the files of a service.
   *
   * @throws Refusal when the name is invalid, or a file exists already
   */
  async generate(name: string, options: GenerateOptions = {}): Promise<Generated> {
    const { folder = process.cwd(), dialect = dialectOf(folder), ...write } = options;
    const files = serviceFiles(checkServiceName(name), dialect);
    const service = `${serviceValues(name).camel}Service`;
    const add = [`import { ${service} } from './services/${name}.service.js';`, `.service(${service})`];
    return { name, dialect, files: writePlan(folder, files, write), add };
  }
}

/** Returns the dialect of a project, from `titan.dialect` of its manifest. Default `standard`. @throws Refusal for any other value */
function dialectOf(folder: string): Dialect {
  const said = (manifestOf(folder).titan as { dialect?: unknown } | undefined)?.dialect ?? 'standard';
  if (!dialects.includes(said as Dialect)) throw new Refusal(`package.json: titan.dialect must be ${dialects.join(', ')}`);
  return said as Dialect;
}
