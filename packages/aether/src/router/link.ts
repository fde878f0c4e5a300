import { computed } from '../reactive/computed.js';
import { report } from '../reactive/error.js';
import { ElementDescription } from '../view/element.js';
import type { HtmlElementAttributes } from '../view/elements.js';
import { onMount } from '../view/mounts.js';
import { splitProps } from '../view/props.js';
import { refer } from '../view/reference.js';
import type { View } from '../view/types.js';
import { callFirst } from './call-first.js';
import type { NavigateOptions, RouteAddress } from './options.js';
import { useRouter } from './outlet.js';
import type { AnyRoute } from './route.js';

type Target<R> = R extends AnyRoute ? { readonly to: R } & RouteAddress<R> : { readonly to: R };

/** Properties of `Link`: its target, and attributes of an `a` element. */
export type LinkProps<R extends string | AnyRoute> = Target<R> &
  Pick<NavigateOptions, 'replace' | 'state'> & {
    /** Loads the page ahead: when the pointer is over the link or it has focus, or when it is visible. */
    readonly prefetch?: 'hover' | 'visible' | undefined;
    readonly children?: View;
  } & Omit<HtmlElementAttributes<'a'>, 'href' | 'children' | 'onclick'>;

const own = ['to', 'params', 'search', 'hash', 'replace', 'state', 'prefetch', 'children', 'ref', 'onClick'] as const;

/**
 * A link to a route or an address. It is an ordinary link to the browser: it opens in a new tab, and works before hydration.
 * The link to the current page has `aria-current="page"`. The browser itself navigates to an address without a route, unless
 * the router has `notFound` to show. `onClick` may prevent the navigation.
 */
export function Link<const R extends string | AnyRoute>(props: LinkProps<R>): View {
  const router = useRouter();
  const [target, rest] = splitProps(props as LinkProps<AnyRoute> & Record<string, unknown>, own);
  const href = computed(() => router.href((target as { readonly to: AnyRoute }).to, target as never));
  const url = computed(() => router.addresses.inside(href(), router.page()?.url));
  const address = () => router.addresses.inDocument(href(), router.page()?.url);
  const ahead = () => void router.prefetch(href());
  let element: HTMLAnchorElement | undefined;

  onMount(() => {
    if (target.prefetch !== 'visible' || element === undefined) return undefined;
    const observer = new IntersectionObserver((entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      observer.disconnect();
      ahead();
    });
    observer.observe(element);
    return () => observer.disconnect();
  });

  const click = (event: PointerEvent & { readonly currentTarget: HTMLAnchorElement }) => {
    callFirst(target.onClick, event);
    const other = event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey;
    const { target: frame } = event.currentTarget;
    const inside = url();
    if (event.defaultPrevented || other || inside === undefined || (frame !== '' && frame !== '_self')) return;
    if (event.currentTarget.hasAttribute('download') || !router.takes(inside)) return;
    event.preventDefault();
    const { replace, state } = target;
    router.navigate(inside.href, { replace, state }).catch(report);
  };
  const hover = () => target.prefetch === 'hover' && ahead();

  return () =>
    new ElementDescription('a', {
      ...rest,
      href: address,
      'aria-current': () => (url() !== undefined && router.page()?.url.pathname === url()?.pathname ? 'page' : undefined),
      ref: (each: HTMLAnchorElement) => {
        element = each;
        refer(each, 'ref', target.ref, undefined);
      },
      onClick: click,
      // These spellings coexist with handlers of the link's user.
      'on:pointerenter': hover,
      'on:focus': hover,
      children: () => target.children,
    });
}
