/** Certificate by which the client of a TLS connection has authenticated. */
export interface ClientCertificate {
  /** Common name of the subject; absent when there is none or more than one. */
  readonly commonName: string | undefined;
  /** Alternative names with their kind: `DNS:billing.example`, `URI:spiffe://example/billing`, `IP Address:10.0.0.7`. */
  readonly names: readonly string[];
  /** SHA-256 of the certificate: 64 lower-case hexadecimal digits. */
  readonly fingerprint: string;
  /** Start of its validity, in milliseconds since 1970. */
  readonly issuedAt: number;
  /** End of its validity, in milliseconds since 1970. */
  readonly expiresAt: number;
}

/** The members of a TLS socket that are read. */
interface CertifiedSocket {
  readonly authorized?: boolean;
  getPeerCertificate?(): {
    readonly subject?: { readonly CN?: string | string[] | undefined } | undefined;
    readonly subjectaltname?: string | undefined;
    readonly fingerprint256?: string;
    readonly valid_from?: string;
    readonly valid_to?: string;
  } | null;
}

/** Cached by socket: HTTP asks for it with each request of a connection. */
const known = new WeakMap<object, ClientCertificate>();

/**
 * Returns the certificate of the client on a server's socket; `undefined` when the client has sent none, when it is not signed by a trusted
 * authority, and for sockets without TLS.
 */
export function clientCertificate(socket: object): ClientCertificate | undefined {
  const { authorized } = socket as CertifiedSocket;
  if (authorized !== true) return undefined;
  const before = known.get(socket);
  if (before !== undefined) return before;
  const { subject, subjectaltname, fingerprint256, valid_from, valid_to } =
    (socket as CertifiedSocket).getPeerCertificate?.() ?? {};
  if (fingerprint256 === undefined) return undefined;
  const certificate: ClientCertificate = Object.freeze({
    commonName: typeof subject?.CN === 'string' ? subject.CN : undefined,
    names: alternativeNames(subjectaltname ?? ''),
    fingerprint: fingerprint256.replaceAll(':', '').toLowerCase(),
    issuedAt: Date.parse(valid_from ?? ''),
    expiresAt: Date.parse(valid_to ?? ''),
  });
  known.set(socket, certificate);
  return certificate;
}

/** Splits a list of names. Names with special characters are quoted as JSON strings in it. */
function alternativeNames(list: string): readonly string[] {
  const names: string[] = [];
  for (const [, kind, value = ''] of list.matchAll(/(?:^|, )([^:,"]+):("(?:[^"\\]|\\.)*"|[^,"]*)(?=, |$)/g))
    names.push(`${kind}:${value.startsWith('"') ? (JSON.parse(value) as string) : value}`);
  return Object.freeze(names);
}
