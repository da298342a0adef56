import { unpackExamples, type PageExample } from '../packed-examples.js';
import { blockElements, bytesOf } from './blocks.js';

/** The blocks of examples, unpacked when they are asked for; the last few are kept. */
export class ExampleBlocks<Kind extends string> {
  private static readonly KEPT = 8;
  private readonly elements: HTMLElement[];
  private readonly kinds: readonly Kind[];
  private readonly placeOf = new Map<number, { block: number; entry: number }>();
  private readonly rowsOf: number[][];
  private readonly kept = new Map<number, Promise<PageExample<Kind>[][]>>();

  /**
   * @param name of the blocks
   * @param kinds what the examples are of
   * @param listed rows of the neurons, in the order of the blocks
   */
  constructor(name: string, kinds: readonly Kind[], listed: Float64Array) {
    this.elements = blockElements(name);
    this.kinds = kinds;
    let at = 0;
    this.rowsOf = this.elements.map((element, block) => {
      const neurons = Number(element.dataset['neurons']);
      const rows = [...listed.subarray(at, at + neurons)];
      rows.forEach((row, entry) => this.placeOf.set(row, { block, entry }));
      at += neurons;
      return rows;
    });
  }

  has(row: number): boolean {
    return this.placeOf.has(row);
  }

  async of(row: number): Promise<PageExample<Kind>[]> {
    const place = this.placeOf.get(row);
    return place === undefined ? [] : (await this.unpacked(place.block))[place.entry]!;
  }

  async *all(): AsyncGenerator<{ rows: number[]; examples: PageExample<Kind>[][] }> {
    for (const [block, rows] of this.rowsOf.entries()) yield { rows, examples: await this.unpack(block) };
  }

  private unpacked(block: number): Promise<PageExample<Kind>[][]> {
    let examples = this.kept.get(block);
    if (examples === undefined) {
      this.kept.set(block, (examples = this.unpack(block)));
      if (this.kept.size > ExampleBlocks.KEPT) this.kept.delete(this.kept.keys().next().value!);
    }
    return examples;
  }

  private async unpack(block: number): Promise<PageExample<Kind>[][]> {
    return unpackExamples(await bytesOf(this.elements[block]), this.rowsOf[block]!.length, this.kinds);
  }
}
