import { inject, Show } from '@omnitron-dev/aether';
import { useMutation } from '@omnitron-dev/aether/netron';
import { Users } from '../services.ts';
import { Session } from '../session.ts';
import { Field, Refusal } from './field.tsx';

/** Registers somebody, or lets somebody in. */
export function SignIn(props: { isNew?: boolean }) {
  const session = inject(Session);
  const registering = useMutation(Users, 'register');
  const entering = useMutation(Users, 'login');
  const error = () => registering.error() ?? entering.error();
  const send = (event: SubmitEvent & { readonly currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? '');
    const [name, email, password] = [text('name'), text('email'), text('password')];
    const token = props.isNew ? registering.mutate({ name, email, password }) : entering.mutate(email, password);
    void token.then(
      (entered) => session.enter(entered),
      () => {}, // Shown as `error`.
    );
  };
  return (
    <>
      <h1>{props.isNew ? 'Sign up' : 'Sign in'}</h1>
      <Refusal error={error()} />
      <form onSubmit={send} method="post" novalidate>
        <Show when={props.isNew}>
          <Field label="Name" name="name" error={error()} autocomplete="username" />
        </Show>
        <Field label="Email" name="email" type="email" error={error()} autocomplete="email" />
        <Field label="Password" name="password" type="password" error={error()} autocomplete="current-password" />
        <button type="submit">{props.isNew ? 'Create account' : 'Enter'}</button>
      </form>
    </>
  );
}
