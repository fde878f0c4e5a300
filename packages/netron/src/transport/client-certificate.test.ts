import { expect, it } from 'vitest';
import { clientCertificate } from './client-certificate.js';

const facts = {
  subject: { CN: 'billing' },
  fingerprint256: 'AB:CD',
  valid_from: 'Nov 27 10:00:00 2030 GMT',
  valid_to: 'Nov 30 10:00:00 2030 GMT',
};
const socket = (more: object, authorized = true) => ({ authorized, getPeerCertificate: () => ({ ...facts, ...more }) });

it('reads the client from its certificate', () => {
  expect(clientCertificate(socket({ subjectaltname: 'DNS:a.example, IP Address:10.0.0.7, URI:spiffe://shop/billing' }))).toEqual({
    commonName: 'billing',
    names: ['DNS:a.example', 'IP Address:10.0.0.7', 'URI:spiffe://shop/billing'],
    fingerprint: 'abcd',
    issuedAt: Date.UTC(2030, 10, 27, 10),
    expiresAt: Date.UTC(2030, 10, 30, 10),
  });
});

it('a name may contain a comma', () => {
  const names = (subjectaltname: string) => clientCertificate(socket({ subjectaltname }))?.names;
  expect(names('DNS:"evil, DNS:admin", DNS:b')).toEqual(['DNS:evil, DNS:admin', 'DNS:b']);
  expect(names(String.raw`URI:"a\", DNS:admin", DNS:b`)).toEqual(['URI:a", DNS:admin', 'DNS:b']);
  expect([names(''), clientCertificate(socket({}))?.names]).toEqual([[], []]);
});

it('a duplicate common name is ignored', () => {
  expect(clientCertificate(socket({ subject: { CN: ['a', 'admin'] } }))?.commonName).toBeUndefined();
});

it('an unsigned certificate and a socket without TLS have no client', () => {
  expect([clientCertificate(socket({}, false)), clientCertificate({}), clientCertificate({ authorized: true })]).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
});

it('is read once per socket', () => {
  let asked = 0;
  const one = { authorized: true, getPeerCertificate: () => ((asked += 1), facts) };
  expect(clientCertificate(one)).toBe(clientCertificate(one));
  expect(asked).toBe(1);
});
