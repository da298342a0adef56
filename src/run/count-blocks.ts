import type { CorpusFile } from '../corpus/types.js';

/** Blocks of the corpus, about; Infinity where nobody can tell before it is read. */
export function countBlocks(corpus: readonly CorpusFile[], blockSize: number): number {
  if (!corpus.every(({ kind }) => kind === 'plain')) return Infinity;
  return corpus.reduce((sum, file) => sum + Math.ceil(file.size! / blockSize), 0);
}
