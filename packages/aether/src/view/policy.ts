interface Policy {
  createHTML(html: string): string;
}

declare const trustedTypes: { createPolicy(name: string, rules: Policy): Policy; readonly defaultPolicy: Policy | null };

let policy: Policy | undefined;

/** Allows the page to parse a template if it requires Trusted Types: templates are constants of the program. */
export function allowed(html: string): string {
  if (policy === undefined) {
    policy = { createHTML: (text) => text };
    try {
      policy = trustedTypes.createPolicy('aether', policy);
    } catch {
      // The browser has no policies, or the page refuses this one: then its default policy decides.
      if ('trustedTypes' in globalThis && !trustedTypes.defaultPolicy)
        console.warn('trusted-types refuses aether, or a second one');
    }
  }
  return policy.createHTML(html);
}
