/** Results of stream methods; loaded with the first service that has one. */
export { serviceStream } from '@omnitron-dev/netron/http/client';
