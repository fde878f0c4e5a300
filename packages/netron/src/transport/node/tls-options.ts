import type { TlsOptions as NodeTlsOptions, SecureContextOptions } from 'node:tls';
import { onlyOptions } from '../../util/only-options.js';
import type { OptionNames } from '../../util/option-names.js';

/** Key, certificate or trust anchor in PEM. */
type Pem = string | Uint8Array | readonly (string | Uint8Array)[];

/** Identity of this end in TLS, and the authorities it trusts. */
export interface TlsSettings {
  /** Certificate chain of this end. */
  cert?: Pem;
  /** Private key of `cert`. */
  key?: Pem;
  passphrase?: string;
  /** Trusted authorities. Default: those the runtime trusts. */
  ca?: Pem;
  /** Server: ask clients for a certificate. Default `false`. */
  requestCert?: boolean;
  /** Refuse the other end when its certificate does not convince. Default `true`; `false` is for experiments only. */
  rejectUnauthorized?: boolean;
  /** Client: the name the server's certificate has to bear. Default: the host of the URL. */
  servername?: string;
  /** Oldest version accepted. Default and least: `TLSv1.2`. */
  minVersion?: 'TLSv1.2' | 'TLSv1.3';
}

const names: OptionNames<TlsSettings> = {
  cert: true,
  key: true,
  passphrase: true,
  ca: true,
  requestCert: true,
  rejectUnauthorized: true,
  servername: true,
  minVersion: true,
};

/**
 * Returns the settings as Node wants them.
 *
 * @throws TypeError for one that is not known: a misspelt `requestCert` would ask nobody for a certificate
 */
export function nodeTls(
  settings: TlsSettings = {},
): Pick<NodeTlsOptions, keyof TlsSettings & keyof NodeTlsOptions> & { servername?: string } {
  onlyOptions('tls', settings, names);
  return { ...(settings as SecureContextOptions), minVersion: settings.minVersion ?? 'TLSv1.2' };
}
