/** Handlers of events as attributes of elements. */

/** Handles events of an element. It runs as one batch; errors go to the nearest `ErrorBoundary`. */
export type EventHandler<E extends Event, T> =
  | ((this: T, event: E & { readonly currentTarget: T }) => unknown)
  | { handleEvent(event: E): unknown }
  | null
  | undefined
  | false;

/** Events whose names are written in several words. */
interface Words {
  animationend: 'AnimationEnd';
  animationiteration: 'AnimationIteration';
  animationstart: 'AnimationStart';
  beforeinput: 'BeforeInput';
  beforetoggle: 'BeforeToggle';
  compositionend: 'CompositionEnd';
  compositionstart: 'CompositionStart';
  compositionupdate: 'CompositionUpdate';
  contextmenu: 'ContextMenu';
  dblclick: 'DblClick';
  dragend: 'DragEnd';
  dragenter: 'DragEnter';
  dragleave: 'DragLeave';
  dragover: 'DragOver';
  dragstart: 'DragStart';
  focusin: 'FocusIn';
  focusout: 'FocusOut';
  fullscreenchange: 'FullscreenChange';
  gotpointercapture: 'GotPointerCapture';
  keydown: 'KeyDown';
  keypress: 'KeyPress';
  keyup: 'KeyUp';
  loadeddata: 'LoadedData';
  loadedmetadata: 'LoadedMetadata';
  lostpointercapture: 'LostPointerCapture';
  mousedown: 'MouseDown';
  mouseenter: 'MouseEnter';
  mouseleave: 'MouseLeave';
  mousemove: 'MouseMove';
  mouseout: 'MouseOut';
  mouseover: 'MouseOver';
  mouseup: 'MouseUp';
  pointercancel: 'PointerCancel';
  pointerdown: 'PointerDown';
  pointerenter: 'PointerEnter';
  pointerleave: 'PointerLeave';
  pointermove: 'PointerMove';
  pointerout: 'PointerOut';
  pointerover: 'PointerOver';
  pointerup: 'PointerUp';
  timeupdate: 'TimeUpdate';
  touchcancel: 'TouchCancel';
  touchend: 'TouchEnd';
  touchmove: 'TouchMove';
  touchstart: 'TouchStart';
  transitionend: 'TransitionEnd';
  volumechange: 'VolumeChange';
}

type Spelled<K extends string> = K | Capitalize<K> | (K extends keyof Words ? Words[K] : never);

/** `onClick`, `onclick`, `onMouseDown`, `onClickCapture`, … */
export type ElementEvents<T> = {
  [K in keyof HTMLElementEventMap as `on${Spelled<K>}` | `on${Exclude<Spelled<K>, K>}Capture`]?: EventHandler<
    HTMLElementEventMap[K],
    T
  >;
} & { [name: `on:${string}`]: EventHandler<CustomEvent, T> };
