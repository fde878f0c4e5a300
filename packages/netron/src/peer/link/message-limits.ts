/** Limits of one message: those that hello announces to everybody, and those for ends that send long messages in parts. */
import { baseLimits, type Limits, leastLimits, longestWhole, mostLimits } from '../../wire/limits.js';

/** Name of the feature in hello: long messages come in parts, and take effect when the last one is there. */
export const partsFeature = 'parts';

/** Limits as hello has them. */
export interface AnnouncedLimits extends Limits {
  /** `message` for ends with the feature `parts`. Default: `message`. */
  readonly largeMessage?: number;
  /** `elements` for ends with the feature `parts`. Default: `elements`. */
  readonly largeElements?: number;
}

/**
 * Returns what hello announces. Who sends long messages whole keeps a transport's buffer for each connection: it may send as
 * much as ever, and more only when the program says so.
 *
 * @param given the program's own choice
 * @param limits complete
 */
export function announcedLimits(given: Partial<Limits>, limits: Limits): AnnouncedLimits {
  const { calls, depth, handles, streams, subscriptions, window } = limits;
  return {
    message: given.message ?? baseLimits.message,
    elements: given.elements ?? baseLimits.elements,
    depth,
    calls,
    streams,
    subscriptions,
    handles,
    window,
    largeMessage: limits.message,
    largeElements: limits.elements,
  };
}

/** Returns the limits that `announced` stands for; those that are absent, or none, have their default. */
export function readLimits(announced: unknown): AnnouncedLimits {
  const limits: Limits = { ...baseLimits };
  if (typeof announced !== 'object' || announced === null) return limits;
  const values = announced as Record<string, unknown>;
  for (const name of Object.keys(limits) as (keyof Limits)[]) limits[name] = bounded(name, values[name]) ?? limits[name];
  return {
    ...limits,
    largeMessage: bounded('message', values.largeMessage) ?? limits.message,
    largeElements: bounded('elements', values.largeElements) ?? limits.elements,
  };
}

function bounded(name: keyof Limits, value: unknown): number | undefined {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value <= 0) return undefined;
  return Math.min(Math.max(value, leastLimits[name] ?? 1), mostLimits[name] ?? Infinity);
}

/** Returns the limits that an end accepts from this one. */
export function acceptedLimits({ largeMessage, largeElements, ...limits }: AnnouncedLimits, parts: boolean): Limits {
  if (!parts) return limits;
  return { ...limits, message: largeMessage ?? limits.message, elements: largeElements ?? limits.elements };
}

/** Returns the bytes of the longest message that the transport has to carry. */
export function longestCarried({ message, largeMessage = message }: AnnouncedLimits, parts: boolean): number {
  return parts ? Math.min(largeMessage, longestWhole) : message;
}
