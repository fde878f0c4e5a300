import { inject, Show } from '@omnitron-dev/aether';
import { NetronClient } from '@omnitron-dev/aether/netron';
import { type AnyRoute, Form, route, useAction } from '@omnitron-dev/aether/router';
import { Users } from '../services.ts';
import { Session } from '../session.ts';
import { Field, Refusal } from './field.tsx';
import { textIn } from './text-in.ts';

export const register = route('/register', {
  title: 'Sign up',
  action: async ({ form }) => {
    const session = inject(Session);
    const [name, email, password] = [textIn(form, 'name'), textIn(form, 'email'), textIn(form, 'password')];
    return session.enter(await inject(NetronClient).service(Users).register({ name, email, password }));
  },
  component: () => <SignIn route={register} isNew />,
});

export const login = route('/login', {
  title: 'Sign in',
  action: async ({ form }) => {
    const session = inject(Session);
    return session.enter(await inject(NetronClient).service(Users).login(textIn(form, 'email'), textIn(form, 'password')));
  },
  component: () => <SignIn route={login} />,
});

/** Registers a user, or logs one in. */
function SignIn(props: { route: AnyRoute; isNew?: boolean }) {
  const { error, pending } = useAction(props.route);
  return (
    <>
      <h1>{props.isNew ? 'Sign up' : 'Sign in'}</h1>
      <Refusal error={error()} />
      <Form novalidate>
        <Show when={props.isNew}>
          <Field label="Name" name="name" error={error()} autocomplete="username" />
        </Show>
        <Field label="Email" name="email" type="email" error={error()} autocomplete="email" />
        <Field label="Password" name="password" type="password" error={error()} autocomplete="current-password" />
        <button type="submit" disabled={pending()}>
          {props.isNew ? 'Create account' : 'Enter'}
        </button>
      </Form>
    </>
  );
}
