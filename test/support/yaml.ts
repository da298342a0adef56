interface Line {
  indent: number;
  text: string;
}

/**
 * The documents of a YAML file, of the little of YAML that manifests for Kubernetes need: block maps, lists
 * of such, plain words, and JSON. Anything else throws.
 */
export function readYaml(yaml: string): unknown[] {
  return yaml.split(/^---$/m).map((document) => {
    const lines = document
      .split('\n')
      .filter((line) => line.trim() !== '' && !line.startsWith('#'))
      .map((line) => ({ indent: /^ */.exec(line)![0].length, text: line.trim() }));
    return block(lines);
  });
}

function block(lines: readonly Line[]): unknown {
  const [first] = lines as [Line];
  if (lines.some(({ indent }) => indent < first.indent)) throw new Error(`outdented below: ${first.text}`);
  const starts = lines.flatMap(({ indent }, i) => (indent === first.indent ? [i] : []));
  const parts = starts.map((start, i) => lines.slice(start, starts[i + 1]) as [Line, ...Line[]]);
  if (!first.text.startsWith('- ')) return Object.fromEntries(parts.map(entry));
  return parts.map(([{ indent, text }, ...rest]) => {
    if (!text.startsWith('- ')) throw new Error(`not of the list: ${text}`);
    return block([{ indent: indent + 2, text: text.slice(2) }, ...rest]);
  });
}

function entry([{ text }, ...rest]: [Line, ...Line[]]): [string, unknown] {
  const match = /^([\w-]+):(?: (.+))?$/.exec(text);
  if (match === null || (match[2] === undefined) !== rest.length > 0) throw new Error(`no entry: ${text}`);
  return [match[1]!, match[2] === undefined ? block(rest) : scalar(match[2])];
}

function scalar(text: string): unknown {
  // In a plain word, " #" would begin a comment and ": " a map.
  if (/^[A-Za-z][\w/.-]*$/.test(text)) return text;
  // What JSON lets stand in a string and YAML does not.
  if (/[\p{Control}\u2028\u2029\ufeff]/u.test(text)) throw new Error(`not printable: ${text}`);
  return JSON.parse(text);
}
