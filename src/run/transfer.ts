/** The buffers of all typed arrays within plain data, each once: what can cross threads without a copy. */
export function buffersOf(data: unknown, found = new Set<ArrayBuffer>()): ArrayBuffer[] {
  if (ArrayBuffer.isView(data)) {
    if (data.buffer instanceof ArrayBuffer) found.add(data.buffer);
  } else if (Array.isArray(data)) {
    if (typeof data[0] === 'object') for (const item of data) buffersOf(item, found);
  } else if (data instanceof Map) {
    for (const item of data.values()) buffersOf(item, found);
  } else if (typeof data === 'object' && data !== null) {
    for (const item of Object.values(data)) buffersOf(item, found);
  }
  return [...found];
}
