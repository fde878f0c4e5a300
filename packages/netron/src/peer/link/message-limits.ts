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
  const given = (typeof announced === 'object' && announced !== null ? announced : {}) as Readonly<Record<string, unknown>>;
  const message = limitOf(given, 'message');
  const elements = limitOf(given, 'elements');
  return {
    message,
    elements,
    depth: limitOf(given, 'depth'),
    calls: limitOf(given, 'calls'),
    streams: limitOf(given, 'streams'),
    subscriptions: limitOf(given, 'subscriptions'),
    handles: limitOf(given, 'handles'),
    window: limitOf(given, 'window'),
    largeMessage: bounded('message', given.largeMessage) ?? message,
    largeElements: bounded('elements', given.largeElements) ?? elements,
  };
}

function limitOf(given: Readonly<Record<string, unknown>>, name: keyof Limits): number {
  return bounded(name, given[name]) ?? baseLimits[name];
}

function bounded(name: keyof Limits, value: unknown): number | undefined {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value <= 0) return undefined;
  return Math.min(Math.max(value, leastLimits[name] ?? 1), mostLimits[name] ?? Infinity);
}

/** Returns the limits that an end accepts from this one. */
export function acceptedLimits(announced: AnnouncedLimits, parts: boolean): Limits {
  const { message, elements, depth, calls, streams, subscriptions, handles, window } = announced;
  return {
    message: (parts ? announced.largeMessage : undefined) ?? message,
    elements: (parts ? announced.largeElements : undefined) ?? elements,
    depth,
    calls,
    streams,
    subscriptions,
    handles,
    window,
  };
}

/** Returns the bytes of the longest message that the transport has to carry. */
export function longestCarried({ message, largeMessage = message }: AnnouncedLimits, parts: boolean): number {
  return parts ? Math.min(largeMessage, longestWhole) : message;
}
