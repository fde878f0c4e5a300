export { main } from './main.js';
export type { Dialect } from './plan/templates.js';
export { Refusal } from './plan/names.js';
export { type GenerateOptions, type Generated, ServiceGenerator } from './service/service-generator.js';
