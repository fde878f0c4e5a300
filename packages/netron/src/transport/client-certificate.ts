/** Certificate by which the other end of a TLS connection has proved who it is. */
export interface ClientCertificate {
  /** Common name of its subject; absent when there is none, or more than one. */
  readonly commonName: string | undefined;
  /** Alternative names, each with its kind: `DNS:billing.example`, `URI:spiffe://example/billing`, `IP Address:10.0.0.7`. */
  readonly names: readonly string[];
  /** SHA-256 of the certificate: 64 lower-case hexadecimal digits. */
  readonly fingerprint: string;
  /** Begin of its validity, in milliseconds since 1970. */
  readonly issuedAt: number;
  /** End of its validity, in milliseconds since 1970. */
  readonly expiresAt: number;
}

/** The part of a TLS socket that is read. */
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

/** Kept by socket: HTTP asks with each request of a connection. */
const known = new WeakMap<object, ClientCertificate>();

/**
 * Returns the certificate that the client has shown on a socket of a server; `undefined` when it has shown none, when an authority
 * that this end trusts has not signed it, and for sockets without TLS.
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

/** Parts a list of names: those with signs that could be mistaken for others are JSON texts in it. */
function alternativeNames(list: string): readonly string[] {
  const names: string[] = [];
  for (const [, kind, value = ''] of list.matchAll(/(?:^|, )([^:,"]+):("(?:[^"\\]|\\.)*"|[^,"]*)(?=, |$)/g))
    names.push(`${kind}:${value.startsWith('"') ? (JSON.parse(value) as string) : value}`);
  return Object.freeze(names);
}
