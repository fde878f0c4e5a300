import { described } from '../util/check.js';
import { schemeOf } from './node-info.js';

/** Schemes whose connections prove the host name by a certificate. */
const proving: ReadonlySet<string> = new Set(['wss', 'tls', 'https']);

const label = '[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?';
const name = new RegExp(`^(\\*\\.${label}\\.)?${label}(\\.${label})*$`);

/** Host names that are trusted when a certificate proves them. */
export class TlsNames {
  readonly #names: ReadonlySet<string>;

  /**
   * @param given names, or IPv4 addresses; `*.` stands for one label, as in certificates
   * @throws RangeError for an invalid name, TypeError for a value that is not a list
   */
  constructor(given: readonly string[]) {
    if (!Array.isArray(given)) throw new TypeError(`discovery: trust must be an array of host names, not ${described(given)}`);
    for (const each of given) {
      if (typeof each !== 'string' || !name.test(each.toLowerCase()))
        throw new RangeError(`discovery: trust must contain host names such as '*.example.com', not ${String(each)}`);
    }
    this.#names = new Set(given.map((each) => each.toLowerCase()));
  }

  /** Whether an address has a trusted name and its connections prove that name. */
  covers(address: string): boolean {
    if (this.#names.size === 0 || !proving.has(schemeOf(address))) return false;
    const [, host] = /^[a-z]+:\/\/([^/:?#@[\]]+)(?::\d+)?(?:[/?#]|$)/i.exec(address) ?? [];
    const asked = host?.toLowerCase().replace(/\.$/, '') ?? '';
    return this.#names.has(asked) || this.#names.has(asked.replace(/^[^.]+/, '*'));
  }
}
