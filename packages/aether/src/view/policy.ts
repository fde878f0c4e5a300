interface Policy {
  createHTML(html: string): string;
}

declare const trustedTypes: { createPolicy(name: string, rules: Policy): Policy };

let policy: Policy | undefined;

/** Allows the page to parse a template if it requires Trusted Types: templates are constants of the program. */
export function allowed(html: string): string {
  if (policy === undefined) {
    policy = { createHTML: (text) => text };
    try {
      policy = trustedTypes.createPolicy('aether', policy);
    } catch {
      // The browser has no policies, or the page does not list this one: then its default policy decides.
    }
  }
  return policy.createHTML(html);
}
