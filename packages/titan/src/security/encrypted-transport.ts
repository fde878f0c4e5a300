import type { Transport } from '@omnitron-dev/netron';
import type { TlsTransport } from '@omnitron-dev/netron/transports';
import type { EncryptionProvider } from './providers.js';

/** The transport `tls` with connections encrypted by a provider. Its code is loaded on first use. */
export class EncryptedTransport implements Transport {
  readonly name = 'tls';
  readonly schemes = ['tls'];
  readonly supports = { streaming: true, bidirectional: true, binary: true, reconnection: true };
  readonly optionNames: TlsTransport['optionNames'] = { host: true, tls: true, socket: true };
  readonly #encryption: EncryptionProvider;
  #transport: Promise<TlsTransport> | undefined;

  constructor(encryption: EncryptionProvider) {
    this.#encryption = encryption;
  }

  /** @throws as `TlsTransport.connect` does */
  async connect(...args: Parameters<TlsTransport['connect']>): ReturnType<TlsTransport['connect']> {
    return (await this.#made()).connect(...args);
  }

  /** @throws as `TlsTransport.listen` does */
  async listen(...args: Parameters<TlsTransport['listen']>): ReturnType<TlsTransport['listen']> {
    return (await this.#made()).listen(...args);
  }

  #made(): Promise<TlsTransport> {
    this.#transport ??= import('@omnitron-dev/netron/transports').then(({ TlsTransport }) => new TlsTransport(this.#encryption));
    return this.#transport;
  }
}
