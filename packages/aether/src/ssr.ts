export { handleRequest, type RoutedPage } from './router/handle-request.js';
export { type HydrateOptions, hydrate } from './server/hydrate.js';
export type { RenderOptions } from './server/render.js';
export { renderToStream } from './server/render-to-stream.js';
export { renderToString } from './server/render-to-string.js';
export { type Served, served } from './view/served.js';
