/**
 * Returns its argument, for a configuration file in TypeScript or JavaScript: `export default defineConfig({ … })`.
 *
 * @param config the values, or a function that returns them; it may be asynchronous
 */
export function defineConfig<const T extends object>(config: T | (() => T | Promise<T>)): T | (() => T | Promise<T>) {
  return config;
}
