/** Some columns of a row-major [rows × width] array, packed into another. */
export function gather(
  activations: Float32Array,
  width: number,
  columns: Int32Array,
  into: Float32Array,
): void {
  let at = 0;
  for (let row = 0; row < activations.length; row += width) {
    for (const column of columns) into[at++] = activations[row + column]!;
  }
}
