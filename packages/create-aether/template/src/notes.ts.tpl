import { defineNetronService } from '@omnitron-dev/aether/netron';
import type { INotes } from './contract.ts';

/** The service, as components name it. */
export const Notes = defineNetronService<INotes>({ name: 'notes@^1.0.0' });
