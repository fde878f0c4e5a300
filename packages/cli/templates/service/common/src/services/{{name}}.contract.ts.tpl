import { defineContract } from '@omnitron-dev/titan';
import { z } from 'zod';

const item = z.object({ id: z.string(), name: z.string().min(1).max(100) });

export const {{camel}} = defineContract({
  name: '{{name}}',
  version: '1.0.0',
  contract: {
    add: { input: item.omit({ id: true }), output: item },
    get: { input: z.string(), output: item.nullable(), idempotent: true },
  },
});
