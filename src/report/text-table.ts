import { padEnd, padStart, textWidth } from './text-width.js';

export interface Column {
  title: string;
  align: 'left' | 'right';
}

/**
 * Rows under their titles, each column as wide as its widest cell, two blanks between.
 * @returns lines without line ends, titles first
 */
export function textTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const widths = columns.map(({ title }, i) =>
    Math.max(textWidth(title), ...rows.map((row) => textWidth(row[i] ?? ''))),
  );
  const line = (cells: readonly string[]) =>
    columns
      .map(({ align }, i) => (align === 'left' ? padEnd : padStart)(cells[i] ?? '', widths[i]!))
      .join('  ')
      .trimEnd();
  return [line(columns.map(({ title }) => title)), ...rows.map(line)];
}

/** A list of terms and what is to be said of each, indented by two. */
export function pairs(entries: readonly (readonly [term: string, text: string])[]): string[] {
  const width = Math.max(...entries.map(([term]) => textWidth(term)));
  return entries.map(([term, text]) => `  ${padEnd(term, width)}  ${text}`);
}

/** Prose broken at blanks into lines of at most `width` columns (a longer word stands alone). */
export function wrap(text: string, width: number, indent = ''): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && textWidth(indent + line) + 1 + textWidth(word) > width) {
      lines.push(indent + line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return line === '' ? lines : [...lines, indent + line];
}
