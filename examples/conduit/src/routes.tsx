import { type AnyRoute, route } from '@omnitron-dev/aether/router';
import { ArticleView } from './views/article.tsx';
import { Editor } from './views/editor.tsx';
import { Home } from './views/home.tsx';
import { Layout } from './views/layout.tsx';
import { Profile } from './views/profile.tsx';
import { SignIn } from './views/sign-in.tsx';

export const routes: AnyRoute[] = [
  route('/', {
    component: Layout,
    error: (props) => <p role="alert">{props.error.message}</p>,
    children: [
      route('/', { title: 'Conduit', component: Home }),
      route('/login', { title: 'Sign in', component: () => <SignIn /> }),
      route('/register', { title: 'Sign up', component: () => <SignIn isNew /> }),
      route('/editor/[[slug]]', { title: 'Editor', component: Editor }),
      route('/article/[slug]', { title: ({ params }) => params.slug, component: ArticleView }),
      route('/profile/[name]', { title: ({ params }) => params.name, component: Profile }),
    ],
  }),
];
