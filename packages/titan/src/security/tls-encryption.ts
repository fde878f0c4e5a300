import type { Server, Socket } from 'node:net';
import type { TLSSocket, Server as TlsServer } from 'node:tls';
import type { EncryptionProvider } from './providers.js';

/** Mutual TLS: each end presents a certificate, and the other verifies it against the authority. TLS 1.2 or later. */
export class TlsEncryption implements EncryptionProvider {
  readonly #cert: string | Buffer;
  readonly #key: string | Buffer;
  readonly #ca: string | Buffer | undefined;

  /**
   * @param cert own certificate, PEM
   * @param key its private key, PEM
   * @param ca authority of the other end's certificates. Default: those that the system trusts
   */
  constructor(cert: string | Buffer, key: string | Buffer, ca?: string | Buffer) {
    this.#cert = cert;
    this.#key = key;
    this.#ca = ca;
  }

  /** Takes over the connections of `server`: those without a valid certificate are closed. Closing `server` closes both. */
  async createSecureServer(server: Server): Promise<TlsServer> {
    const { createServer } = await import('node:tls');
    const secure = createServer({ ...this.#options, requestCert: true, rejectUnauthorized: true });
    server.on('connection', (socket) => secure.emit('connection', socket));
    server.once('close', () => secure.close());
    // A failed handshake affects only its connection.
    secure.on('tlsClientError', (_, socket) => socket.destroy());
    return secure;
  }

  /**
   * Encrypts a connection. Resolves when the certificate of the other end is verified.
   *
   * @param servername the name, or the IP address, in its certificate. Default: the host to which the socket was connected
   * @throws Error when the certificate is invalid, or has another name
   */
  async createSecureClient(socket: Socket, servername = (socket as { host?: string }).host): Promise<TLSSocket> {
    if (servername === undefined) throw new TypeError('servername is required: the name in the certificate of the other end');
    const [{ isIP }, { connect }] = await Promise.all([import('node:net'), import('node:tls')]);
    return new Promise((resolve, reject) => {
      const name = isIP(servername) ? { host: servername } : { servername };
      const secure = connect({ ...this.#options, ...name, socket, rejectUnauthorized: true }, () => {
        secure.off('error', reject);
        resolve(secure);
      });
      secure.once('error', reject);
    });
  }

  get #options() {
    return {
      cert: this.#cert,
      key: this.#key,
      minVersion: 'TLSv1.2',
      ...(this.#ca === undefined ? {} : { ca: this.#ca }),
    } as const;
  }
}
