/** Replacement of components while a page is open. The Vite plugin calls these functions in development. */
export { component, keep, replace } from './view/hot.js';
