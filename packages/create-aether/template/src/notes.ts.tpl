import { defineNetronService } from '@omnitron-dev/aether/netron';
import type { INotes } from './contract.ts';

/** The service for use in components. */
export const Notes = defineNetronService<INotes>({ name: 'notes@^1.0.0' });
