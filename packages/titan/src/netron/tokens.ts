import type { Netron } from '@omnitron-dev/netron';
import { createToken, inject, type Token } from '@omnitron-dev/nexus';
import { NetronModule } from './netron-module.js';

/** The application's node: `constructor(@Inject(NETRON_TOKEN) private netron: Netron)`. Asking for it makes the application have one. */
export const NETRON_TOKEN: Token<Netron> = createToken<Netron>('NETRON', { factory: () => inject(NetronModule).prepare() });
