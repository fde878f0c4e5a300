import { JwtAuthProvider, type JwtOptions } from '@omnitron-dev/netron-auth';
import type { VirtualClock } from '../../../netron/test/integration/virtual-clock.js';

/** Issues and reads tokens on the time of a test. */
export const tokensOn = (clock: VirtualClock, more: Pick<JwtOptions, 'revocations'> = {}): JwtAuthProvider =>
  new JwtAuthProvider({
    secret: 'a secret of at least thirty-two bytes',
    issuer: 'https://id.test',
    now: () => clock.wall(),
    leeway: 0,
    ...more,
  });
