import type { Netron } from '@omnitron-dev/netron';
import { createToken, inject, type Token } from '@omnitron-dev/nexus';
import { NetronModule } from './netron-module.js';

/** Token of the application's node: `constructor(@Inject(NETRON_TOKEN) private netron: Netron)`. Injecting it gives the application a node. */
export const NETRON_TOKEN: Token<Netron> = createToken<Netron>('NETRON', { factory: () => inject(NetronModule).prepare() });
