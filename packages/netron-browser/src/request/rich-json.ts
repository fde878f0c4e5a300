/** Rich JSON. Common values are handled at once; the code for the rest is loaded with the first value that needs it. */
import { readCommonJson, writeCommonJson } from '@omnitron-dev/netron/http/client';
import { load } from '../util/load.js';
import type { FullJson } from './full-json.js';
import type { PageErrors } from './page-errors.js';

export class RichJson {
  readonly #errors: PageErrors;
  #full: FullJson | undefined;

  /** @param errors for errors among the values */
  constructor(errors: PageErrors) {
    this.#errors = errors;
  }

  /** @throws NetronError `invalid_argument` when the text is not rich JSON; the error of loading the code */
  async read(text: string): Promise<unknown> {
    const common = this.#full === undefined ? readCommonJson(text, true) : undefined;
    return common === undefined ? (await this.#load()).read(text) : common.value;
  }

  /**
   * Encodes arguments.
   *
   * @throws NetronError `invalid_argument` that names the path of a value that cannot be encoded; `unavailable` when the code for it cannot
   *   be loaded
   */
  async write(args: readonly unknown[]): Promise<string> {
    const text = this.#full?.write(args) ?? writeCommonJson(args);
    if (text !== undefined) return text;
    return (await load(this.#load(), 'these arguments')).write(args);
  }

  async #load(): Promise<FullJson> {
    const [{ fullJson }, errors] = await Promise.all([import('./full-json.js'), this.#errors.codec()]);
    this.#full ??= fullJson(errors);
    return this.#full;
  }
}
