import { For, signal } from '@omnitron-dev/aether';
import { useQuery } from '@omnitron-dev/aether/netron';
import { Articles } from '../services.ts';
import { ArticleList } from './article-list.tsx';

export function Home() {
  const tag = signal<string | undefined>(undefined);
  const { data: tags } = useQuery(Articles, 'tags');
  const filter = () => {
    const chosen = tag();
    return chosen === undefined ? {} : { tag: chosen };
  };
  return (
    <>
      <h1>Conduit</h1>
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
