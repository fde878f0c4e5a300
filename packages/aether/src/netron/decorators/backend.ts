import { onlyOptions } from '@omnitron-dev/netron-browser';
import { factsOf } from '../metadata.js';
import type { ServiceClass } from '../types.js';

/** Class decorator of both dialects. */
export type ServiceDecorator = (target: ServiceClass<object>, context?: unknown) => void;

/**
 * Sets the backend of a service, and its name there.
 *
 * @param name of the backend, as configured
 * @param options `service`: name and version on the backend, such as `users@^1.0.0`. Default: derived from the class name
 */
export function Backend(name: string, options: { readonly service?: string } = {}): ServiceDecorator {
  onlyOptions('@Backend', options, { service: true });
  return (target) => {
    const facts = factsOf(target);
    facts.backend = name;
    if (options.service !== undefined) facts.service = options.service;
  };
}
