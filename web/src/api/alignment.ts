/** Similarities between the slices of a query and the stored slices of one hit. */
export interface Alignment {
  /** Slices of the query: indices along its file's own axis. One row each. */
  readonly queryIndices: Int32Array;
  /** Stored slices of the hit: indices along its file's own axis. One column each. */
  readonly hitIndices: Int32Array;
  /** Where the hit's slices lie, RAS+ mm. */
  readonly hitPositionsMm: Float32Array;
  /** Cosines, row-major [rows, columns]. */
  readonly similarities: Float32Array;
}

const magic = 'VXAL';
const version = 1;
const headerBytes = 16;

/**
 * Reads the answer of POST /v1/alignment: "VXAL", uint32 version, rows and columns, then the two lists of slice
 * indices (int32), the positions and the cosines (float32), all little endian.
 *
 * @throws Error where the bytes are anything else.
 */
export function parseAlignment(bytes: ArrayBuffer): Alignment {
  const view = new DataView(bytes);
  const isAlignment =
    bytes.byteLength >= headerBytes &&
    [...magic].every((letter, i) => view.getUint8(i) === letter.charCodeAt(0)) &&
    view.getUint32(4, true) === version;
  if (!isAlignment) throw new Error('The answer of the server is no alignment that this viewer reads.');
  const rows = view.getUint32(8, true);
  const columns = view.getUint32(12, true);
  const wanted = headerBytes + 4 * (rows + 2 * columns + rows * columns);
  if (bytes.byteLength !== wanted) {
    throw new Error(`The alignment has ${bytes.byteLength} bytes where ${wanted} were announced.`);
  }
  let offset = headerBytes;
  const integers = (length: number) => {
    const values = Int32Array.from({ length }, (_, i) => view.getInt32(offset + 4 * i, true));
    offset += 4 * length;
    return values;
  };
  const floats = (length: number) => {
    const values = Float32Array.from({ length }, (_, i) => view.getFloat32(offset + 4 * i, true));
    offset += 4 * length;
    return values;
  };
  return {
    queryIndices: integers(rows),
    hitIndices: integers(columns),
    hitPositionsMm: floats(columns),
    similarities: floats(rows * columns),
  };
}
