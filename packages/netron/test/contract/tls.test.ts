import { TlsTransport } from '../../src/transport/node/tls.js';
import { WebSocketTransport } from '../../src/transport/node/websocket.js';
import { makeCertificates } from '../transport/certificates.js';
import { withSilence } from './silence.js';
import { testTransport } from './transport.js';

const { ca, server, client } = makeCertificates();
const tls = new TlsTransport();
const websocket = new WebSocketTransport();
const serverTls = { ...server };
const mutual = { ...server, ca, requestCert: true };

testTransport('tls', {
  listen: (options) => tls.listen(0, { ...options, tls: serverTls }),
  connect: (to, options) => tls.connect(to.address, { ...options, tls: { ca } }),
  listenAgain: (to) => tls.listen(to.address, { tls: serverTls }),
  connectToNobody: () => tls.connect('tls://127.0.0.1:1'),
  connectToNonsense: () => tls.connect('tcp://127.0.0.1:1'),
  connectToSilence: (options) => withSilence((port) => tls.connect(`tls://127.0.0.1:${port}`, options)),
});

testTransport('tls, both ends with certificates', {
  listen: (options) => tls.listen(0, { ...options, tls: mutual }),
  connect: (to, options) => tls.connect(to.address, { ...options, tls: { ca, ...client } }),
});

testTransport('websocket over tls', {
  listen: (options) => websocket.listen(0, { ...options, tls: serverTls }),
  connect: (to, options) => websocket.connect(to.address, { ...options, tls: { ca } }),
  connectToSilence: (options) => withSilence((port) => websocket.connect(`wss://127.0.0.1:${port}`, options)),
});

testTransport('websocket without mask', {
  listen: (options) => websocket.listen(0, options),
  connect: (to, options) => websocket.connect(to.address, { ...options, zeroMask: true }),
});
