/** The page's blocks of data, as document.ts wrote them. */

export function blockElements(name: string): HTMLElement[] {
  return [...document.querySelectorAll<HTMLElement>(`script[data-block="${name}"]`)];
}

export function jsonOf(name: string): unknown {
  return JSON.parse(blockElements(name)[0]!.textContent);
}

/** Inflates a block; empty where there is none. */
export async function bytesOf(element: HTMLElement | undefined): Promise<Uint8Array> {
  if (element === undefined) return new Uint8Array(0);
  const text = atob(element.textContent);
  const packed = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) packed[i] = text.charCodeAt(i);
  const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
