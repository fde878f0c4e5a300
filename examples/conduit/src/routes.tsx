import { inject } from '@omnitron-dev/aether';
import { NetronClient } from '@omnitron-dev/aether/netron';
import { type AnyRoute, route } from '@omnitron-dev/aether/router';
import { Articles } from './services.ts';
import { ArticleView } from './views/article.tsx';
import { Editor } from './views/editor.tsx';
import { Home } from './views/home.tsx';
import { Layout } from './views/layout.tsx';
import { Profile } from './views/profile.tsx';
import { SignIn } from './views/sign-in.tsx';

/** Title and status of the page of an article. The view has the article by a query, which this has filled. */
const headOf = (slug: string) =>
  inject(NetronClient)
    .service(Articles)
    .get(slug)
    .then(
      ({ title }) => ({ title, status: 200 }),
      ({ message, statusCode = 500 }: Error & { statusCode?: number }) => ({ title: message, status: statusCode }),
    );

export const routes: AnyRoute[] = [
  route('/', {
    component: Layout,
    error: (props) => <p role="alert">{props.error.message}</p>,
    children: [
      route('/', { title: 'Conduit', component: Home }),
      route('/login', { title: 'Sign in', component: () => <SignIn /> }),
      route('/register', { title: 'Sign up', component: () => <SignIn isNew /> }),
      route('/editor/[[slug]]', { title: 'Editor', component: Editor }),
      route('/article/[slug]', {
        loader: ({ params }) => headOf(params.slug),
        title: ({ data }) => data.title,
        component: ArticleView,
      }),
      route('/profile/[name]', { title: ({ params }) => params.name, component: Profile }),
    ],
  }),
];
