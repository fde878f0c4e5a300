import type { TlsOptions as NodeTlsOptions, SecureContextOptions } from 'node:tls';
import { onlyOptions } from '../../util/only-options.js';
import type { OptionNames } from '../../util/option-names.js';

/** Key, certificate or trust anchor in PEM. */
type Pem = string | Uint8Array | readonly (string | Uint8Array)[];

/** Identity of this end in TLS, and the authorities that it trusts. */
export interface TlsSettings {
  /** Certificate chain of this end. */
  cert?: Pem;
  /** Private key of `cert`. */
  key?: Pem;
  passphrase?: string;
  /** Trusted authorities. Default: those that the runtime trusts. */
  ca?: Pem;
  /** Server: request a certificate from clients. Default `false`. */
  requestCert?: boolean;
  /** Refuse an other end without a trusted certificate. Default `true`; use `false` only for experiments. */
  rejectUnauthorized?: boolean;
  /** Client: the name that the server's certificate must have. Default: the host of the URL. */
  servername?: string;
  /** Oldest accepted version. The default, `TLSv1.2`, is also the minimum. */
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
 * Converts the settings for Node.
 *
 * @throws TypeError for an unknown setting: a misspelt `requestCert` would request no certificates
 */
export function nodeTls(
  settings: TlsSettings = {},
): Pick<NodeTlsOptions, keyof TlsSettings & keyof NodeTlsOptions> & { servername?: string } {
  onlyOptions('tls', settings, names);
  return { ...(settings as SecureContextOptions), minVersion: settings.minVersion ?? 'TLSv1.2' };
}
