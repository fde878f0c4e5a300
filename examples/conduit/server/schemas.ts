import { z } from 'zod';

const text = (most: number) => z.string().trim().min(1, 'is missing').max(most, `must have at most ${most} characters`);

export const registration = z.object({
  name: text(30).regex(/^[\w-]*$/, 'must consist of letters, digits and hyphens'),
  email: z.email('is not an email address'),
  password: z.string().min(8, 'must have at least 8 characters').max(200, 'must have at most 200 characters'),
});

export const draft = z.object({
  title: text(100),
  description: text(200),
  body: text(50_000),
  tags: z.array(text(20)).max(5, 'must be at most 5'),
});

export const changedDraft = z.tuple([z.string(), draft]);

export const comment = z.tuple([z.string(), text(1_000)]);
