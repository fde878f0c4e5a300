/** Names of the variables that hold signals, by their nodes, as the Vite plugin tells them in development. */
export const variables: WeakMap<object, string> = /* @__PURE__ */ new WeakMap();
