import { Show } from '@omnitron-dev/aether';
import { useMutation } from '@omnitron-dev/aether/netron';
import { Users } from '../services.ts';
import { session } from '../session.ts';

/** Registers somebody, or lets somebody in. */
export function SignIn(props: { isNew?: boolean }) {
  const registering = useMutation(Users, 'register');
  const entering = useMutation(Users, 'login');
  const send = (event: SubmitEvent & { readonly currentTarget: HTMLFormElement }) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const text = (name: string) => String(form.get(name) ?? '');
    const token = props.isNew
      ? registering.mutate(text('name'), text('email'), text('password'))
      : entering.mutate(text('email'), text('password'));
    void token.then(session.enter, () => {}); // Shown as `error`.
  };
  return (
    <>
      <h1>{props.isNew ? 'Sign up' : 'Sign in'}</h1>
      <p role="alert">{(registering.error() ?? entering.error())?.message}</p>
      <form onSubmit={send}>
        <Show when={props.isNew}>
          <label>
            Name <input name="name" required autocomplete="username" />
          </label>
        </Show>
        <label>
          Email <input name="email" type="email" required autocomplete="email" />
        </label>
        <label>
          Password <input name="password" type="password" required autocomplete="current-password" />
        </label>
        <button type="submit">{props.isNew ? 'Create account' : 'Enter'}</button>
      </form>
    </>
  );
}
