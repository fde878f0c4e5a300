import { defineContract } from '@omnitron-dev/titan';
import { z } from 'zod';

export const {{camel}} = defineContract({
  name: '{{name}}',
  version: '1.0.0',
  contract: {
    greet: { input: z.string().min(1).max(100), output: z.string(), idempotent: true },
    count: { input: z.number().int().min(0).max(1000), output: z.number(), stream: true },
  },
});
