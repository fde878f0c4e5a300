import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A certificate with its key, both in PEM. */
export interface Certificate {
  cert: string;
  key: string;
}

/** Certificates made for one run of the tests, by OpenSSL. */
export interface Certificates {
  /** The authority that has signed the others. */
  ca: string;
  /** For localhost and 127.0.0.1. */
  server: Certificate;
  client: Certificate;
  /** For other.example. */
  otherName: Certificate;
  /** For localhost, until yesterday. */
  expired: Certificate;
  /** For localhost, signed by itself. */
  selfSigned: Certificate;
}

export function makeCertificates(): Certificates {
  const directory = mkdtempSync(join(tmpdir(), 'netron-tls-'));
  const path = (name: string) => join(directory, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: directory, stdio: 'pipe' });
  const read = (name: string): Certificate => ({
    cert: readFileSync(path(`${name}.pem`), 'utf8'),
    key: readFileSync(path(`${name}.key`), 'utf8'),
  });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const selfSigned = (name: string, subject: string, ...more: string[]) =>
    openssl('req', '-x509', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.pem`, '-days', '2', '-subj', subject, ...more);
  const signed = (name: string, subject: string, names: string, from: string, until: string) => {
    openssl('req', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', subject);
    writeFileSync(path('ext'), `[v3]\nsubjectAltName=${names}\n`);
    openssl(
      'ca',
      '-batch',
      '-config',
      'ca.conf',
      '-extfile',
      'ext',
      '-extensions',
      'v3',
      '-in',
      `${name}.csr`,
      '-out',
      `${name}.pem`,
      '-startdate',
      from,
      '-enddate',
      until,
      '-notext',
    );
  };
  const day = (offset: number) => `${new Date(Date.now() + offset * 86_400_000).toISOString().replace(/\D/g, '').slice(0, 14)}Z`;
  try {
    writeFileSync(path('ca.conf'), caConfig);
    writeFileSync(path('index.txt'), '');
    writeFileSync(path('index.txt.attr'), 'unique_subject = no\n');
    writeFileSync(path('serial'), '01\n');
    selfSigned('ca', '/CN=Netron test authority', '-addext', 'basicConstraints=critical,CA:TRUE');
    signed('server', '/CN=localhost', 'DNS:localhost,IP:127.0.0.1', day(-1), day(2));
    signed('client', '/CN=client', 'DNS:client', day(-1), day(2));
    signed('other', '/CN=other.example', 'DNS:other.example', day(-1), day(2));
    signed('expired', '/CN=localhost', 'DNS:localhost,IP:127.0.0.1', day(-3), day(-1));
    selfSigned('self', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1');
    return {
      ca: readFileSync(path('ca.pem'), 'utf8'),
      server: read('server'),
      client: read('client'),
      otherName: read('other'),
      expired: read('expired'),
      selfSigned: read('self'),
    };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** `openssl ca` alone can set both dates of a certificate. */
const caConfig = `[ca]
default_ca = here
[here]
dir = .
database = index.txt
serial = serial
new_certs_dir = .
certificate = ca.pem
private_key = ca.key
default_md = sha256
policy = any
[any]
commonName = supplied
`;
