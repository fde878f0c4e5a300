import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { TlsTransport } from '../../src/transport/node/tls.js';
import type { TlsSettings } from '../../src/transport/node/tls-options.js';
import { WebSocketTransport } from '../../src/transport/node/websocket.js';
import type { Connection, Server } from '../../src/transport/transport.js';
import { Probe } from '../contract/probe.js';
import { makeCertificates } from './certificates.js';

const { ca, server: good, client, otherName, expired, selfSigned } = makeCertificates();
const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

for (const transport of [new TlsTransport(), new WebSocketTransport()]) {
  describe(`E11: ${transport.name} over TLS`, () => {
    const listen = async (tls: TlsSettings) => {
      const server = await transport.listen(0, { tls });
      servers.push(server);
      server.accept((connection) => connection.start(new Probe()));
      return server.address.replace('127.0.0.1', 'localhost');
    };
    const connect = async (address: string, tls: TlsSettings) => {
      const connection: Connection = await transport.connect(address, { tls });
      connection.terminate();
    };

    it('accepts a valid certificate for the requested name from a known authority', async () => {
      await connect(await listen(good), { ca });
    });

    it.each([
      ['for another name', otherName, /altname|name/i],
      ['that has expired', expired, /expired|certificate/i],
      ['that is self-signed', selfSigned, /self.signed|issuer/i],
    ])('refuses a certificate %s', async (_, certificate, why) => {
      const address = await listen(certificate);
      await expect(connect(address, { ca })).rejects.toMatchObject({
        code: 'unauthenticated',
        message: expect.stringMatching(why),
      });
    });

    it('refuses an unknown authority', async () => {
      const address = await listen(good);
      await expect(connect(address, {})).rejects.toMatchObject({ code: 'unauthenticated' });
    });

    it('checks the requested name', async () => {
      const address = await listen(otherName);
      await connect(address, { ca, servername: 'other.example' });
      await expect(connect(address, { ca, servername: 'localhost' })).rejects.toMatchObject({ code: 'unauthenticated' });
    });

    it('returns the certificate of the client when it is requested and signed by a known authority', async () => {
      const server = await transport.listen(0, { tls: { ...good, ca, requestCert: true, rejectUnauthorized: false } });
      servers.push(server);
      const arrivals: ((connection: Connection) => void)[] = [];
      server.accept((connection) => arrivals.shift()?.(connection));
      const seen = async (own: TlsSettings) => {
        const arrived = new Promise<Connection>((resolve) => arrivals.push(resolve));
        const connection: Connection = await transport.connect(server.address.replace('127.0.0.1', 'localhost'), {
          tls: { ca, ...own },
        });
        const { certificate } = await arrived;
        connection.terminate();
        return certificate;
      };
      expect(await seen(client)).toMatchObject({
        commonName: 'client',
        names: ['DNS:client'],
        fingerprint: expect.stringMatching(/^[\da-f]{64}$/),
      });
      expect([await seen({}), await seen(selfSigned)]).toEqual([undefined, undefined]);
    });

    it('uses TLS 1.2 or newer', async () => {
      const address = await listen(good);
      await connect(address, { ca });
      const { hostname: host, port } = new URL(address);
      const old = connectTls({
        host,
        port: Number(port),
        ca,
        servername: 'localhost',
        minVersion: 'TLSv1',
        maxVersion: 'TLSv1.1',
      });
      const [error] = await once(old, 'error');
      expect(error).toMatchObject({
        code: expect.stringMatching(/PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|NO_PROTOCOLS_AVAILABLE/),
      });
    });

    it('refuses clients without a certificate, or with one of an unknown authority, when a certificate is required', async () => {
      const address = await listen({ ...good, ca, requestCert: true });
      await connect(address, { ca, ...client });
      for (const tls of [{ ca }, { ca, ...selfSigned }]) {
        // In TLS 1.3 the client is done before the server has judged.
        const outcome = await transport.connect(address, { tls }).then(
          (connection: Connection) => {
            const probe = new Probe();
            connection.start(probe);
            return probe.end();
          },
          (error: unknown) => error,
        );
        expect(outcome).toMatchObject({ name: 'NetronError' });
      }
    });
  });
}

describe('E11: TLS over an open socket', () => {
  it('checks the name in the URL, not localhost', async () => {
    const transport = new TlsTransport();
    const server = await transport.listen(0, { tls: good });
    servers.push(server);
    server.accept((connection) => connection.start(new Probe()));
    const port = Number(new URL(server.address).port);
    const over = async (host: string) => {
      const socket = connectTcp(port, '127.0.0.1');
      const connection = await transport.connect(`tls://${host}:${port}`, { tls: { ca }, socket });
      connection.terminate();
    };
    await over('localhost');
    await over('127.0.0.1');
    await expect(over('other.example')).rejects.toMatchObject({ cause: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' } });
  });
});
