/** Options of calls over a connection; loaded with the first of those. */
export { withOptions } from '@omnitron-dev/netron/http/client';
