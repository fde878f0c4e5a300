import { report } from '../reactive/error.js';
import { ElementDescription } from '../view/element.js';
import type { HtmlElementAttributes } from '../view/elements.js';
import { splitProps } from '../view/props.js';
import type { View } from '../view/types.js';
import { callFirst } from './call-first.js';
import type { RouteAddress } from './options.js';
import { useRouter } from './outlet.js';
import type { AnyRoute } from './route.js';

type Target<R> = R extends AnyRoute ? { readonly action: R } & RouteAddress<R> : { readonly action?: R };

/** Properties of `Form`: the route whose action receives it, and attributes of a `form` element. */
export type FormProps<R extends string | AnyRoute> = Target<R> & {
  /** Default `post`, which runs the action of the route; `get` navigates to the address with the fields as its query. */
  readonly method?: 'get' | 'post' | undefined;
  readonly children?: View;
} & Omit<HtmlElementAttributes<'form'>, 'action' | 'method' | 'children' | 'onsubmit'>;

const own = ['action', 'params', 'search', 'hash', 'method', 'children', 'onSubmit'] as const;

/**
 * A form that is sent to the action of a route. It is an ordinary form to the browser, and works before hydration. The
 * router respects `formaction` and `formmethod` of the submit button, as addresses of the document. The browser itself sends
 * a form to another window, and to an address outside of the application or without a route that takes it. `onSubmit` may
 * prevent the submission.
 */
export function Form<const R extends string | AnyRoute>(props: FormProps<R>): View {
  const router = useRouter();
  const [target, rest] = splitProps(props as FormProps<AnyRoute> & Record<string, unknown>, own);
  const href = () => {
    const { action } = target as { readonly action?: AnyRoute };
    return action === undefined ? router.url.pathname + router.url.search : router.href(action, target as never);
  };
  const method = () => target.method ?? 'post';
  const submit = (event: SubmitEvent & { readonly currentTarget: HTMLFormElement }) => {
    const { currentTarget: form } = event;
    callFirst(target.onSubmit, event);
    // A button may override the target and the method.
    const submitter = event.submitter as HTMLButtonElement | null;
    const url = submitter?.hasAttribute('formaction')
      ? router.addresses.ofDocument(submitter.formAction)
      : router.addresses.inside(href());
    const how = submitter?.formMethod || method();
    // As an attribute: a field of that name would shadow the property.
    const frame = submitter?.formTarget || form.getAttribute('target') || '_self';
    if (event.defaultPrevented || url === undefined || how === 'dialog' || frame !== '_self' || !router.takes(url, how)) return;
    event.preventDefault();
    const data = new FormData(form, submitter);
    if (how === 'post') return void router.submit(url.href, data).catch(report);
    const query = new URLSearchParams([...data].filter((field): field is [string, string] => typeof field[1] === 'string'));
    url.search = query.toString();
    return void router.navigate(url.href).catch(report);
  };
  return () =>
    new ElementDescription('form', {
      ...rest,
      method,
      action: () => router.addresses.inDocument(href()),
      onSubmit: submit,
      children: () => target.children,
    });
}

/**
 * Returns the messages of a validation error by field path, from `error.issues`, or from `error.details.issues` as services
 * send them. Empty for any other error.
 *
 * @param argument path of the argument that the form belongs to, as services prefix it. Default `input`, the only
 *   argument; `input.1` is the second of several
 */
export function fieldErrors(error: unknown, argument = 'input'): Readonly<Record<string, readonly string[]>> {
  const messages: Record<string, string[]> = Object.create(null) as Record<string, string[]>;
  const { issues, details } = (error ?? {}) as { readonly issues?: unknown; readonly details?: { readonly issues?: unknown } };
  const found = issues ?? details?.issues;
  for (const issue of Array.isArray(found) ? (found as { path?: unknown; message?: unknown }[]) : []) {
    const full = (Array.isArray(issue.path) ? (issue.path as unknown[]) : [issue.path ?? '']).map(keyOf).join('.');
    const path = issues === undefined && full.startsWith(`${argument}.`) ? full.slice(argument.length + 1) : full;
    messages[path] ??= [];
    messages[path].push(String(issue.message));
  }
  return messages;
}

const keyOf = (key: unknown): string =>
  String(typeof key === 'object' && key !== null && 'key' in key ? (key as { key: unknown }).key : key);
