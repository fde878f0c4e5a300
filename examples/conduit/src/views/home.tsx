import { For, inject, Show, signal } from '@omnitron-dev/aether';
import { useQuery } from '@omnitron-dev/aether/netron';
import { Articles } from '../services.ts';
import { Session } from '../session.ts';
import { ArticleList } from './article-list.tsx';

export function Home() {
  const session = inject(Session);
  const followed = signal(false);
  const tag = signal<string | undefined>(undefined);
  const { data: tags } = useQuery(Articles, 'tags');
  const filter = () => {
    const chosen = tag();
    return { ...(chosen !== undefined && { tag: chosen }), ...(followed() && { followed: true }) };
  };
  return (
    <>
      <h1>Conduit</h1>
      <Show when={session.token}>
        <button type="button" class="feed" aria-pressed={followed()} onClick={() => followed.update((before) => !before)}>
          Those I follow
        </button>
      </Show>
      <fieldset>
        <legend>Popular tags</legend>
        <For each={tags() ?? []}>
          {(name) => (
            <button
              type="button"
              class="tag"
              aria-pressed={tag() === name}
              onClick={() => tag.update((chosen) => (chosen === name ? undefined : name))}
            >
              {name}
            </button>
          )}
        </For>
      </fieldset>
      <ArticleList filter={filter()} />
    </>
  );
}
