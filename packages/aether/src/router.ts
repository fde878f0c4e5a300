export { Form, type FormProps, fieldErrors } from './router/form.js';
export { type HistoryEntry, type MemoryOptions, memory, type RouterHistory } from './router/history.js';
export {
  type ActionState,
  navigate,
  useAction,
  useBlocker,
  useLoaderData,
  useNavigation,
  useParams,
  useSearch,
} from './router/hooks.js';
export { Link, type LinkProps } from './router/link.js';
export type { Match } from './router/load.js';
export type {
  MissingParams,
  NavigateOptions,
  Page,
  RouteAddress,
  RouterOptions,
  Submission,
  Target,
  TargetOptions,
  WholeTarget,
} from './router/options.js';
export { Outlet, RouterProvider, type RouterProviderProps, useRouter } from './router/outlet.js';
export type { Params, PathParams } from './router/path.js';
export {
  type AnyRoute,
  type GuardAnswer,
  type Query,
  type Redirect,
  type RedirectOptions,
  type Route,
  type RouteInfo,
  type RouteOptions,
  redirect,
  route,
} from './router/route.js';
export { createRouter, type Router } from './router/router.js';
export type { Schema } from './router/schema.js';
