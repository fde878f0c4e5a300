import { currentScope } from '../reactive/owner.js';
import type { Host } from './host.js';
import { unclaimed } from './hydration.js';
import { NodeInstance } from './instance.js';
import { Made } from './native.js';
import { inside } from './spaces.js';
import type { View } from './types.js';

/** Properties of `Portal`. */
export interface PortalProps {
  /** Element that receives the children; read once. Default: the body of the document. */
  readonly mount?: Element | undefined;
  readonly children?: View;
}

class PortalInstance extends NodeInstance<Text> {
  constructor(props: PortalProps, host: Host) {
    super(host.text(''), undefined);
    if (!host.live) return;
    const target = props.mount ?? host.document.body;
    const content = unclaimed(() => {
      const made = inside(host, target).create(() => props.children);
      made.insert(target, null);
      return made;
    });
    currentScope('Portal').defer(() => content.remove());
  }

  patch(): boolean {
    return false;
  }
}

/** Shows its children elsewhere in the document. They keep their contexts and owner, and are disposed with the portal. A server renders nothing. */
export function Portal(props: PortalProps): View {
  return new Made((host) => new PortalInstance(props, host));
}
