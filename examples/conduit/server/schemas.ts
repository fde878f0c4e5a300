import { z } from 'zod';

const text = (most: number) => z.string().trim().min(1, 'is missing').max(most, `is longer than ${most} characters`);

export const registration = z.object({
  name: text(30).regex(/^[\w-]*$/, 'has letters, digits and hyphens only'),
  email: z.email('is no address'),
  password: z.string().min(8, 'needs 8 characters or more').max(200, 'is longer than 200 characters'),
});

export const draft = z.object({
  title: text(100),
  description: text(200),
  body: text(50_000),
  tags: z.array(text(20)).max(5, 'are more than 5'),
});

export const changedDraft = z.tuple([z.string(), draft]);

export const comment = z.tuple([z.string(), text(1_000)]);
