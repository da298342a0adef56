const MODULUS = 2n ** 256n;

/** A sum of SHA-256 hashes modulo 2^256: the same for a set of things in any order and grouping. */
export class DigestSum {
  private sum = 0n;

  /** 64 hex digits. */
  get hex(): string {
    return this.sum.toString(16).padStart(64, '0');
  }

  /** @param digest 64 hex digits */
  add(digest: string): void {
    this.sum = (this.sum + BigInt(`0x${digest}`)) % MODULUS;
  }
}
