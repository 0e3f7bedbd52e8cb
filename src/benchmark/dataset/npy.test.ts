import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeWithPython } from '../../../tests/python.js';
import { temporaryFolder, writeFixture } from '../../../tests/volume-fixtures.js';
import { NpyMatrix } from './npy.js';

const folder = temporaryFolder();

interface NpyFixture {
  readonly version?: 1 | 2 | 3;
  readonly header?: string;
  readonly data?: Uint8Array;
}

/** A file made byte by byte from the definition of the format. */
function npyBytes({
  version = 1,
  header,
  data = new Uint8Array(new Float32Array(6).buffer),
}: NpyFixture): Buffer {
  const text = Buffer.from(header ?? "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n");
  const length = Buffer.alloc(version === 1 ? 2 : 4);
  if (version === 1) length.writeUInt16LE(text.length);
  else length.writeUInt32LE(text.length);
  return Buffer.concat([Buffer.from('\x93NUMPY', 'latin1'), Buffer.from([version, 0]), length, text, data]);
}

async function rowsOf(path: string): Promise<number[][]> {
  const rows: number[][] = [];
  await (await NpyMatrix.open(path)).forEachRow((row, numbers) => {
    rows[row] = [...numbers];
  });
  return rows;
}

describe('NpyMatrix', () => {
  it.each([1, 2, 3] as const)('reads version %i of the format', async (version) => {
    const data = new Uint8Array(Float32Array.of(1, -2, 0.5, 4, 5, 6).buffer);
    const path = writeFixture(folder, 'version.npy', npyBytes({ version, data }));
    expect((await NpyMatrix.open(path)).header).toMatchObject({ type: 'float32', rows: 2, columns: 3 });
    expect(await rowsOf(path)).toEqual([
      [1, -2, 0.5],
      [4, 5, 6],
    ]);
  });

  const header = (descr: string, shape: string, order = 'False') =>
    `{'descr': ${descr}, 'fortran_order': ${order}, 'shape': ${shape}, }\n`;
  const whole = npyBytes({});
  it.each([
    ['no file of NumPy', Buffer.from('volume,slice\na,0\na,1\n'), /does not begin as one of NumPy/],
    ['an empty file', Buffer.alloc(0), /does not begin as one of NumPy/],
    ['a zip of several arrays', Buffer.from('PK\x03\x04 and so on'), /does not begin as one of NumPy/],
    [
      'a future version',
      Buffer.concat([whole.subarray(0, 6), Buffer.from([4, 0]), whole.subarray(8)]),
      /version 4/,
    ],
    ['Fortran order', npyBytes({ header: header("'<f4'", '(2, 3)', 'True') }), /Fortran order/],
    ['whole numbers', npyBytes({ header: header("'<i8'", '(2, 3)') }), /its numbers are '<i8'/],
    ['complex numbers', npyBytes({ header: header("'<c8'", '(2, 3)') }), /its numbers are '<c8'/],
    ['fields', npyBytes({ header: header("[('a', '<f4')]", '(6,)') }), /a structure of fields/],
    ['a vector', npyBytes({ header: header("'<f4'", '(6,)') }), /its shape is \(6,\)/],
    ['three dimensions', npyBytes({ header: header("'<f4'", '(1, 2, 3)') }), /its shape is \(1, 2, 3\)/],
    ['no rows', npyBytes({ header: header("'<f4'", '(0, 3)') }), /there is nothing in it/],
    ['no dictionary', npyBytes({ header: 'what is this' }), /its header cannot be read: what is this/],
    ['half a header', whole.subarray(0, 30), /truncated: it ends at byte 30/],
    ['a byte too few', whole.subarray(0, -1), /is truncated: 2 x 3 float32 end at byte \d+, but it has/],
    ['a byte too many', Buffer.concat([whole, Buffer.from([0])]), /has more than its matrix/],
  ])('refuses %s', async (name, bytes, reason) => {
    const path = writeFixture(folder, `${name}.npy`, bytes);
    await expect(NpyMatrix.open(path)).rejects.toMatchObject({
      code: 'USAGE',
      subject: path,
      reason: expect.stringMatching(reason),
    });
  });

  it('tells of a file that is not there', async () => {
    await expect(NpyMatrix.open(join(folder, 'none.npy'))).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  });
});

describeWithPython(['numpy'], 'files that NumPy wrote', (runPython) => {
  const program = `
import sys, json, numpy as np
from numpy.lib import format
folder = sys.argv[1]
rows = np.random.default_rng(7).normal(size=(5, 3)) * [[1e-7], [1], [100], [6e4], [1e-5]]
rows = np.clip(rows, -60000, 60000)
expected = {}
for descr in ['<f2', '>f2', '<f4', '>f4', '<f8', '>f8']:
    matrix = rows.astype(descr)
    for version in [(1, 0), (2, 0), (3, 0)]:
        name = f"{'big' if descr[0] == '>' else 'little'}-{descr[1:]}-{version[0]}.npy"
        with open(f"{folder}/{name}", "wb") as file:
            format.write_array(file, matrix, version=version)
        expected[name] = matrix.astype(np.float64).tolist()
many = np.arange(3000 * 700, dtype=np.float32).reshape(3000, 700)
np.save(f"{folder}/many.npy", many)
np.save(f"{folder}/fortran.npy", np.asfortranarray(rows))
print(json.dumps(expected))
`;
  const expected = runPython(folder, program, [folder]) as Record<string, number[][]>;

  it('has eighteen kinds of them', () => {
    expect(Object.keys(expected)).toHaveLength(18);
  });

  it.each(Object.keys(expected))('gives the same numbers for %s', async (name) => {
    expect(await rowsOf(join(folder, name))).toEqual(expected[name]);
  });

  it('reads a matrix of several pieces', async () => {
    const path = join(folder, 'many.npy');
    expect(readFileSync(path).length).toBeGreaterThan(2 * (1 << 22) - 1000);
    let visited = 0;
    await (await NpyMatrix.open(path)).forEachRow((row, numbers) => {
      expect(row).toBe(visited++);
      expect(numbers).toHaveLength(700);
      expect([numbers[0], numbers[699]]).toEqual([row * 700, row * 700 + 699]);
    });
    expect(visited).toBe(3000);
  });

  it('refuses its Fortran order', async () => {
    await expect(NpyMatrix.open(join(folder, 'fortran.npy'))).rejects.toMatchObject({ code: 'USAGE' });
  });
});
