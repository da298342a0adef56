/**
 * Makes elements. Whatever a profile says enters the page through here, as text
 * or as the value of an attribute, and never as markup: hostile text is inert.
 */

export type Child = Node | string | null;
type Value = string | number | boolean | null | ((event: Event) => void);

/** An element; a function among the attributes listens to the event of its name, `true` is an attribute without value. */
export function h<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Readonly<Record<string, Value>> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') element.addEventListener(name, value);
    else if (value !== null && value !== false) element.setAttribute(name, value === true ? '' : `${value}`);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** An SVG element with nothing in it. */
export function svg(tag: string, attributes: Readonly<Record<string, string | number>>): SVGElement {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, `${value}`);
  return element;
}

/** Rows of terms and what is said of each. */
export function definitions(entries: readonly (readonly [term: string, ...said: Child[]])[]): HTMLElement {
  return h(
    'dl',
    {},
    ...entries.map(([term, ...said]) => h('div', {}, h('dt', {}, term), h('dd', {}, ...said))),
  );
}
