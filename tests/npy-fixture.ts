/** A matrix in version 1 of NumPy's format, C order, made from the definition of the format. */
export function npyMatrix(
  rows: readonly (readonly number[])[],
  type: 'float32' | 'float64' = 'float32',
): Buffer {
  const descr = type === 'float32' ? '<f4' : '<f8';
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${rows.length}, ${rows[0]!.length}), }\n`;
  const start = Buffer.from('\x93NUMPY\x01\x00\x00\x00', 'latin1');
  start.writeUInt16LE(text.length, 8);
  const numbers = type === 'float32' ? Float32Array.from(rows.flat()) : Float64Array.from(rows.flat());
  return Buffer.concat([start, Buffer.from(text), Buffer.from(numbers.buffer)]);
}
