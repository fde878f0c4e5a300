/**
 * Marks a class whose instances a method receives through a parameter declared with that class: a decorator finds it in
 * `design:paramtypes` and records the position.
 */
export const contextParameter: unique symbol = Symbol('netron.contextParameter');
