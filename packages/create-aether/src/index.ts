export { type CreateOptions, create } from './create.js';
