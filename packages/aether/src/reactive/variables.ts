/** Names of the variables that hold signals, by node, as the Vite plugin reports them in development. */
export const variables: WeakMap<object, string> = /* @__PURE__ */ new WeakMap();
