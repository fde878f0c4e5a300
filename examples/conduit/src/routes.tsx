import { type AnyRoute, route } from '@omnitron-dev/aether/router';
import { article } from './views/article.tsx';
import { editor } from './views/editor.tsx';
import { Home } from './views/home.tsx';
import { Layout } from './views/layout.tsx';
import { Profile } from './views/profile.tsx';
import { login, register } from './views/sign-in.tsx';

export const routes: AnyRoute[] = [
  route('/', {
    component: Layout,
    error: (props) => <p role="alert">{props.error.message}</p>,
    children: [
      route('/', { title: 'Conduit', component: Home }),
      login,
      register,
      editor,
      article,
      route('/profile/[name]', { title: ({ params }) => params.name, component: Profile }),
    ],
  }),
];
