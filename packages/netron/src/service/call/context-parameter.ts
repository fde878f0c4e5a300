/**
 * Marks a class whose instances a method may ask for by declaring a parameter of that class: a decorator that finds it in
 * `design:paramtypes` notes the position.
 */
export const contextParameter: unique symbol = Symbol('netron.contextParameter');
