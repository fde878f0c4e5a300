/** Limits of one message: those announced to every end, and those for ends that send long messages in parts. */
import { baseLimits, type Limits, leastLimits, longestWhole, maxLimits } from '../../wire/limits.js';

/** Name of the feature in the hello: long messages arrive in parts, and take effect with the last one. */
export const partsFeature = 'parts';

/** Limits in the form of the hello. */
export interface AnnouncedLimits extends Limits {
  /** `message` for ends with the feature `parts`. Default: `message`. */
  readonly largeMessage?: number;
  /** `elements` for ends with the feature `parts`. Default: `elements`. */
  readonly largeElements?: number;
}

/**
 * Returns the limits to announce. An end that sends long messages whole occupies a transport buffer per connection: it keeps the default
 * limit, and gets a higher one only when the program sets it.
 *
 * @param given the program's own choice
 * @param limits complete limits
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

/** Parses announced limits; absent or invalid ones have their default. */
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
  return Math.min(Math.max(value, leastLimits[name] ?? 1), maxLimits[name] ?? Infinity);
}

/** Returns the limits that apply to messages of this end. */
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

/** Returns the length of the longest message that the transport must carry, in bytes. */
export function longestCarried({ message, largeMessage = message }: AnnouncedLimits, parts: boolean): number {
  return parts ? Math.min(largeMessage, longestWhole) : message;
}
