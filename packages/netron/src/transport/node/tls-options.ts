import type { TlsOptions as NodeTlsOptions, SecureContextOptions } from 'node:tls';

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

/** The settings as Node wants them. */
export function nodeTls(
  settings: TlsSettings = {},
): Pick<NodeTlsOptions, keyof TlsSettings & keyof NodeTlsOptions> & { servername?: string } {
  return { ...(settings as SecureContextOptions), minVersion: settings.minVersion ?? 'TLSv1.2' };
}
