import { signal } from '@omnitron-dev/aether';
import { useMutation, useQuery } from '@omnitron-dev/aether/netron';
import { useParams } from '@omnitron-dev/aether/router';
import type { Profile as ProfileInfo } from '../contract.ts';
import { Users } from '../services.ts';
import { ArticleList } from './article-list.tsx';

/** The articles and favorites of a user, and a button to follow the user. */
export function Profile() {
  const params = useParams();
  const name = () => String(params().name);
  const liked = signal(false);
  const { data: profile } = useQuery(Users, 'profile', () => [name()]);
  const { mutate, error } = useMutation(Users, 'follow', {
    invalidate: ['follows'],
    optimistic: (current: ProfileInfo | undefined, of: string, on: boolean) =>
      current?.name === of ? { ...current, followed: on } : current,
  });
  const follow = () => void mutate(name(), !profile()?.followed).catch(() => {});
  return (
    <>
      <h1>{name()}</h1>
      <p role="alert">{error()?.message}</p>
      <button
        type="button"
        class="follow"
        disabled={profile() === undefined}
        aria-pressed={profile()?.followed ?? false}
        onClick={follow}
      >
        Follow {name()}
      </button>{' '}
      <button type="button" aria-pressed={liked()} onClick={() => liked.update((before) => !before)}>
        Favourites
      </button>
      <ArticleList filter={liked() ? { favoritedBy: name() } : { author: name() }} />
    </>
  );
}
