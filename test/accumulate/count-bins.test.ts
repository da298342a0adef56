import fc from 'fast-check';
import { expect, test } from 'vitest';
import { countBins } from '../../src/accumulate/count-bins.js';
import { countByteBins } from '../../src/accumulate/count-byte-bins.js';

const bin = fc.oneof(fc.integer({ min: 0, max: 0xff }), fc.constantFrom(0, 1, 0x7f, 0x80, 0xfe, 0xff));

test('bins of 8 bits, four at a time, are counted as one by one', () => {
  fc.assert(
    fc.property(
      fc.array(bin, { minLength: 32, maxLength: 32 }),
      fc.nat(3),
      fc.nat(7),
      (bins, first, skip) => {
        const perNeuron = 255;
        const empty = () => new Uint32Array(first + bins.length * perNeuron);
        const bytes = Uint8Array.from([...new Array<number>(4 * skip).fill(9), ...bins]);
        const [plain, fast] = [empty(), empty()];
        const at = { at: 4 * skip, width: bins.length, none: 0xff };
        countBins(plain, { first, perNeuron }, bytes, at);
        countByteBins(fast, first, perNeuron, new Uint32Array(bytes.buffer), skip, skip + bins.length / 4);
        expect(Buffer.from(fast.buffer).equals(Buffer.from(plain.buffer))).toBe(true);
        expect(plain.reduce((sum, count) => sum + count)).toBe(bins.filter((one) => one !== 0xff).length);
      },
    ),
    { numRuns: 500 },
  );
});
