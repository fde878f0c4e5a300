/** Helpers for tests of components, hooks and routes. They need no test runner of their own. */
export { type Mounted, type MountOptions, mount } from './testing/mount.js';
export { type RenderedHook, renderHook } from './testing/render-hook.js';
export { createTestRouter, type TestRouter } from './testing/router.js';
export { until } from './testing/until.js';
