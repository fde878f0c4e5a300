export { main } from './main.js';
export { Refusal } from './plan/refusal.js';
export type { Dialect } from './plan/templates.js';
export { work } from './run/work.js';
export { type Generated, type GenerateOptions, ServiceGenerator } from './service/service-generator.js';
