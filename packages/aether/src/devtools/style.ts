/** Style of the panel, in a shadow root or a page of its own. */
export const style = `
:host, .panel { color-scheme: light dark; font: 12px/1.5 ui-monospace, monospace; }
* { box-sizing: border-box; }
.open { position: fixed; right: 8px; bottom: 8px; z-index: 2147483647; }
.panel { display: flex; flex-direction: column; background: Canvas; color: CanvasText; }
.docked { position: fixed; inset: auto 0 0 0; height: 40vh; z-index: 2147483647; border-top: 1px solid GrayText; }
.bar { display: flex; gap: 4px; align-items: center; padding: 4px 8px; border-bottom: 1px solid GrayText; flex-wrap: wrap; }
.bar [aria-selected='true'] { font-weight: bold; text-decoration: underline; }
.space { flex: 1; }
.content { overflow: auto; padding: 8px; flex: 1; }
button { font: inherit; }
ul { margin: 0; padding-left: 16px; list-style: none; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: 1px 8px 1px 0; vertical-align: top; }
.failed, .error { color: light-dark(#b00020, #ff8a80); }
.value { overflow-wrap: anywhere; }
`;
