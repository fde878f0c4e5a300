/**
 * Names of events and patterns over them. A name is a list of segments, separated by `:`. In a pattern, the segment `*`
 * matches exactly one segment, and `**`, which may only be the last, one or more: `order:*` covers `order:created`
 * but neither `order` nor `order:item:added`, which `order:**` covers; `**` alone covers everything.
 */

/** Maximum number of characters in a name or pattern. */
const maxTopicLength = 256;

/** Maximum number of segments in a name or pattern. */
const maxTopicSegments = 16;

/**
 * Returns the segments of an event's name.
 *
 * @throws TypeError when it is empty, too long, has too many segments or contains `*`
 */
export function eventSegments(event: string): string[] {
  const segments = split(event, 'event name');
  if (event.includes('*')) throw new TypeError(`event name '${event}' contains '*': only patterns may`);
  return segments;
}

/**
 * Returns the segments of a pattern; an event's name is a pattern too.
 *
 * @throws TypeError when it is empty, too long, has too many segments, `*` beside other characters in a segment or `**`
 *   before the end
 */
export function patternSegments(pattern: string): string[] {
  const segments = split(pattern, 'pattern');
  segments.forEach((segment, i) => {
    if (segment === '**' && i < segments.length - 1) throw new TypeError(`'**' must be the last segment of pattern '${pattern}'`);
    if (segment.includes('*') && segment !== '*' && segment !== '**') {
      throw new TypeError(`'*' must be a whole segment between colons in pattern '${pattern}'`);
    }
  });
  return segments;
}

/** Whether a pattern covers more than the event of its own name. */
export function isWildcard(pattern: string): boolean {
  return pattern.includes('*');
}

/**
 * Whether a pattern covers every event that another one covers.
 *
 * @throws TypeError when one of them is invalid
 */
export function covers(pattern: string, other: string): boolean {
  const wide = patternSegments(pattern);
  const narrow = patternSegments(other);
  for (const [at, segment] of wide.entries()) {
    if (segment === '**') return narrow.length > at;
    const against = narrow[at];
    if (against === undefined || against === '**' || (segment !== '*' && segment !== against)) return false;
  }
  return narrow.length === wide.length;
}

function split(topic: unknown, kind: string): string[] {
  if (typeof topic !== 'string' || topic === '') throw new TypeError(`${kind} must be a non-empty string`);
  if (topic.length > maxTopicLength) {
    throw new TypeError(`${kind} of ${topic.length} characters exceeds the limit of ${maxTopicLength}`);
  }
  const segments = topic.split(':');
  if (segments.length <= maxTopicSegments) return segments;
  throw new TypeError(`${kind} of ${segments.length} segments exceeds the limit of ${maxTopicSegments}`);
}
