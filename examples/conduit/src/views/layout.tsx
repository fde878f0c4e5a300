import { inject, Show } from '@omnitron-dev/aether';
import { useOnline } from '@omnitron-dev/aether/netron';
import { Link, Outlet } from '@omnitron-dev/aether/router';
import { Session } from '../session.ts';
import { useUserName } from '../user.ts';

export function Layout() {
  const session = inject(Session);
  const user = useUserName();
  const online = useOnline();
  return (
    <>
      <header>
        <nav aria-label="Main">
          <Link to="/">Home</Link>{' '}
          <Show
            when={user()}
            fallback={
              <>
                <Link to="/login">Sign in</Link> <Link to="/register">Sign up</Link>
              </>
            }
          >
            <Link to="/editor">New article</Link> <Link to={`/profile/${user()}`}>{user()}</Link>{' '}
            <button type="button" onClick={() => void session.enter(undefined)}>
              Sign out
            </button>
          </Show>
        </nav>
        <p role="status">{online() ? '' : 'Offline: changes are sent later'}</p>
      </header>
      <main>
        <Outlet />
      </main>
    </>
  );
}
