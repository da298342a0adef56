/** What the page knows of tokens, as JSON. */
export interface TokenTable {
  /** Entry i: the id of token number i; those of the contexts first. */
  ids: number[];
  /** Its string in the vocabulary; null where that has none. */
  texts: (string | null)[];
  /** Files that examples come from, as given. */
  files: string[];
}

/**
 * Numbers tokens and files as examples are written. Common tokens come early,
 * so most numbers are small, which packs better than the vocabulary's ids.
 */
export class TokenDictionary {
  private readonly always: ReadonlyMap<number, string | null>;
  /** By id; `undefined` where the string has not been asked for. */
  private readonly texts: (string | null | undefined)[] = [];
  /** By id: its number, or −1. */
  private numbers = new Int32Array(1024).fill(-1);
  /** By number. */
  private readonly ids: number[] = [];
  private readonly files = new Map<string, number>();
  /** Characters of the strings that have a number: a measure of how the dictionary has grown. */
  characters = 0;

  /** @param always tokens that the table has in any case, behind those of the contexts */
  constructor(always: ReadonlyMap<number, string | null>) {
    this.always = always;
    for (const [id, text] of always) this.know(id, text);
  }

  has(id: number): boolean {
    return this.texts[id] !== undefined;
  }

  /** Remembers a token's string, should its id get a number later. */
  know(id: number, text: string | null): void {
    this.texts[id] = text;
  }

  numberOf(id: number): number {
    if (id >= this.numbers.length) this.grow(id + 1);
    if (this.numbers[id] === -1) {
      this.numbers[id] = this.ids.length;
      this.ids.push(id);
      this.characters += (this.texts[id]?.length ?? 0) + LONGEST_ID;
    }
    return this.numbers[id]!;
  }

  fileNumberOf(file: string): number {
    let number = this.files.get(file);
    if (number === undefined) {
      this.files.set(file, (number = this.files.size));
      this.characters += file.length;
    }
    return number;
  }

  /** What has a number now, to go back to. */
  mark(): { tokens: number; files: number; characters: number } {
    return { tokens: this.ids.length, files: this.files.size, characters: this.characters };
  }

  /** Takes back all numbers given since. */
  forget({ tokens, files, characters }: ReturnType<TokenDictionary['mark']>): void {
    for (const id of this.ids.splice(tokens)) this.numbers[id] = -1;
    for (const [file, number] of this.files) if (number >= files) this.files.delete(file);
    this.characters = characters;
  }

  table(): TokenTable {
    const ids = [...new Set([...this.ids, ...this.always.keys()])];
    return { ids, texts: ids.map((id) => this.texts[id] ?? null), files: [...this.files.keys()] };
  }

  private grow(least: number): void {
    const grown = new Int32Array(2 * least).fill(-1);
    grown.set(this.numbers);
    this.numbers = grown;
  }
}

/** Characters that an id and what stands round it may take. */
const LONGEST_ID = 12;
