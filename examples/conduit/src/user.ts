import { inject } from '@omnitron-dev/aether';
import { useQuery } from '@omnitron-dev/aether/netron';
import { Users } from './services.ts';
import { Session } from './session.ts';

/** Returns the name of the logged-in user; `undefined` if there is none, and until it is known. */
export function useUserName(): () => string | undefined {
  const session = inject(Session);
  const { data } = useQuery(Users, 'current', () => session.token !== undefined && []);
  return () => data()?.name;
}
