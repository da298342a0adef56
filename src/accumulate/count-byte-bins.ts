import type { LabelCounts } from './label-bins.js';

/**
 * `countBins` of bins of 8 bits, four to a word (little-endian), 0xff being none: one load and one question for four.
 * @param first bin 0 of the first neuron; the others' lie `perNeuron` from one another
 * @param at the first word
 * @param end one past the last
 */
export function countByteBins(
  counts: LabelCounts,
  first: number,
  perNeuron: number,
  words: Uint32Array,
  at: number,
  end: number,
): void {
  for (; at < end; at++) {
    const four = words[at]!;
    // Whether a byte is 0xff: https://graphics.stanford.edu/~seander/bithacks.html#ZeroInWord, of the complement.
    if (((~four - 0x01010101) & four & 0x80808080) !== 0) {
      for (let k = 0; k < 4; k++) {
        const bin = (four >>> (8 * k)) & 0xff;
        if (bin !== 0xff) counts[first + k * perNeuron + bin]!++;
      }
    } else {
      counts[first + (four & 0xff)]!++;
      counts[first + perNeuron + ((four >>> 8) & 0xff)]!++;
      counts[first + 2 * perNeuron + ((four >>> 16) & 0xff)]!++;
      counts[first + 3 * perNeuron + (four >>> 24)]!++;
    }
    first += 4 * perNeuron;
  }
}
