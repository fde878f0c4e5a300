/** Replacement of components while a page is open. The Vite plugin calls these functions in development. */
export { component, keep } from './view/hot.js';
