/** Parts of a view on a server that run again at their place, with the same ids, when what they wait for has arrived. */
import { EffectNode } from '../reactive/effect.js';
import { ComponentInstance } from '../view/component.js';
import { Rows } from '../view/rows.js';
import type { Places } from './places.js';
import type { TextHost } from './text-host.js';

/** Lets a function of a view run again where it is made. Rows that go on keep their ids: others then have ids of no place. */
export function placed<E>(made: E, places: Places): E {
  if (!(made instanceof EffectNode)) return made;
  const { here } = places;
  const again = made.again.bind(made);
  made.again = () => places.from(made instanceof Rows && made.rows.length > 0 ? undefined : here, again);
  return made;
}

/** A use of a component within an element whose content is made as nodes. */
export class PlacedComponent extends ComponentInstance {
  private readonly place = (this.host as TextHost).places.here;

  protected override retry(): void {
    (this.host as TextHost).places.from(this.place, () => super.retry());
  }
}
