import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { makeCertificates } from '../../../netron/test/transport/certificates.js';
import { TlsEncryption } from '../../src/index.js';

const { ca, server: own, client, otherName, expired, selfSigned } = makeCertificates();
const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

/** A server that answers in capitals, and a plain connection to it. */
async function pair(certificate: { cert: string; key: string }) {
  const server = createServer();
  const secure = await new TlsEncryption(certificate.cert, certificate.key, ca).createSecureServer(server);
  secure.on('secureConnection', (socket) =>
    socket.on('data', (data) => socket.end(data.toString().toUpperCase())).on('error', () => {}),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const socket: Socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  ends.push(
    () => server.close(),
    () => socket.destroy(),
  );
  await once(socket, 'connect');
  return socket;
}

describe('SE-06, SE-09, E11: TlsEncryption', () => {
  it('encrypts when both ends prove who they are', async () => {
    const socket = await pair(own);
    const secure = await new TlsEncryption(client.cert, client.key, ca).createSecureClient(socket, 'localhost');
    expect([secure.encrypted, secure.authorized]).toEqual([true, true]);
    const answer = once(secure, 'data') as Promise<Buffer[]>;
    secure.write('hello');
    expect((await answer)[0]!.toString()).toBe('HELLO');
  });
  it.each([
    ['another name', otherName],
    ['an expired one', expired],
    ['one that signed itself', selfSigned],
  ] as const)('refuses a server with a certificate for %s', async (_, certificate) => {
    const socket = await pair(certificate);
    await expect(new TlsEncryption(client.cert, client.key, ca).createSecureClient(socket, 'localhost')).rejects.toThrow();
  });
  it('refuses a client whose certificate is not of the authority; the server goes on', async () => {
    const socket = await pair(own);
    const answers: unknown[] = [];
    // With TLS 1.3 the client learns it after its own handshake.
    await new TlsEncryption(selfSigned.cert, selfSigned.key, ca).createSecureClient(socket, 'localhost').then(
      async (secure) => {
        secure.on('error', () => {}).on('data', (data) => answers.push(data));
        const closed = once(secure, 'close');
        secure.write('hello');
        await closed;
      },
      () => {},
    );
    expect(answers).toEqual([]);
  });
  it('does not guess the name', async () => {
    const socket = await pair(own);
    await expect(new TlsEncryption(client.cert, client.key, ca).createSecureClient(socket)).rejects.toThrow(
      'servername is required',
    );
  });
});
