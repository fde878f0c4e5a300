import { bundle } from '../../tools/packages/bundle.mjs';

await bundle(import.meta.url);
