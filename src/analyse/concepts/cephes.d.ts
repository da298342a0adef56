/** What we take of cephes, whose package.json hides its own types from who imports it as a module. */
declare module 'cephes' {
  /** Settles when the functions may be called. */
  export const compiled: Promise<unknown>;
  /** Complementary error function. */
  export function erfc(x: number): number;
}
