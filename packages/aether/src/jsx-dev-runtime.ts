/** Functions that compilers call for JSX in development. */
import { jsx } from './jsx-runtime.js';

export { Fragment, type JSX } from './jsx-runtime.js';
export { jsx as jsxDEV };
