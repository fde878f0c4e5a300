/** Parts of a view on a server that run again at their place, with the same ids, when what they wait for has arrived. */
import { EffectNode } from '../reactive/effect.js';
import { ComponentInstance } from '../view/component.js';
import { Hole } from '../view/hole.js';
import { Rows } from '../view/rows.js';
import type { Places } from './places.js';
import type { TextHost } from './text-host.js';

/** A function of a view, when it is not running. */
interface Evaluated {
  evaluate(): unknown;
}

/**
 * Lets a function of a view, or a list, run again where it is made. When a function has come to an end, its ids stay taken: what it has
 * given may go on. Of a list, rows that go on keep their ids: others then have ids of no place.
 */
export function placed<E extends EffectNode>(made: E, places: Places): E {
  const { here } = places;
  let taken = 0;
  const again = made.again.bind(made);
  made.again = () => places.from(made instanceof Rows && made.rows.length > 0 ? undefined : here, again, taken);
  if (made instanceof Hole) {
    const hole = made as unknown as Evaluated;
    const evaluate = hole.evaluate.bind(made);
    hole.evaluate = () => {
      const value = evaluate();
      taken = places.count;
      return value;
    };
  }
  return made;
}

/** A use of a component within an element whose content is made as nodes. */
export class PlacedComponent extends ComponentInstance {
  private readonly place = (this.host as TextHost).places.here;

  protected override retry(): void {
    (this.host as TextHost).places.from(this.place, () => super.retry());
  }
}
