export { defaultTransports } from './default-transports.js';
export { StreamConnection } from './stream-connection.js';
export { StreamServer } from './stream-server.js';
export { TcpConnection, type TcpOptions, TcpServer, TcpTransport } from './tcp.js';
export type { TlsSettings } from './tls-options.js';
export { type WebSocketOptions, WebSocketTransport } from './websocket.js';
export { WebSocketConnection } from './websocket-connection.js';
export { WebSocketServerAdapter } from './websocket-server.js';
