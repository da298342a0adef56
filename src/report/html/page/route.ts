/** Where in the page one is: `#neurons?q=L5`, `#L5.N1337`. */
export interface Route {
  /** `overview`, `neurons`, `search`, `about`, or the name of a neuron. */
  name: string;
  query: URLSearchParams;
}

export function routeOf(hash: string): Route {
  const [name, query] = hash.replace(/^#/, '').split('?', 2);
  let decoded: string;
  try {
    decoded = decodeURIComponent(name!);
  } catch {
    decoded = name!; // a % that encodes nothing: no name of ours either way
  }
  return { name: decoded === '' ? 'overview' : decoded, query: new URLSearchParams(query) };
}

/** A link to a place; parameters without value are left out. */
export function linkTo(name: string, query: Readonly<Record<string, string>> = {}): string {
  const kept = Object.entries(query).filter(([, value]) => value !== '');
  const text = new URLSearchParams(kept).toString();
  return `#${encodeURIComponent(name)}${text === '' ? '' : `?${text}`}`;
}

/** Replaces the query of where one is, without a step in the history. */
export function replaceQuery(name: string, query: Readonly<Record<string, string>>): void {
  history.replaceState(null, '', linkTo(name, query));
}
