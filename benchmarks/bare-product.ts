import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';

/** Fills the matrices once, then times one product for every line that it reads. */
const program = `
import sys, time, json
import numpy
rows, dimension, queries = map(int, sys.argv[1:])
generator = numpy.random.default_rng(1)
documents = generator.standard_normal((rows, dimension), dtype=numpy.float32)
columns = generator.standard_normal((dimension, queries), dtype=numpy.float32)
result = numpy.empty((rows, queries), dtype=numpy.float32)
numpy.matmul(documents, columns, out=result)
try:
    maps = [name for name in open('/proc/self/maps').read().split() if 'blas' in name.lower()]
    library = next((name for name in maps if 'openblas' in name.lower()), (maps or ['unknown BLAS'])[0])
except OSError:
    library = 'unknown BLAS'
print(json.dumps('NumPy ' + numpy.__version__ + ', ' + '/'.join(library.split('/')[-2:])), flush=True)
for line in sys.stdin:
    start, cpu = time.perf_counter(), time.process_time()
    numpy.matmul(documents, columns, out=result)
    print(json.dumps({'seconds': time.perf_counter() - start, 'cpuSeconds': time.process_time() - cpu}), flush=True)
`;

/** One float32 matrix product by NumPy, in a process of its own, as fast as its BLAS can. */
export class BareProduct {
  readonly library: string;
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  private constructor(child: ChildProcess, lines: AsyncIterator<string>, library: string) {
    this.#child = child;
    this.#lines = lines;
    this.library = library;
  }

  /** [rows, dimension] x [dimension, queries]. Debian's NumPy serves /usr/bin/python3 only. */
  static async start(rows: number, dimension: number, queries: number): Promise<BareProduct> {
    const child = spawn('/usr/bin/python3', ['-c', program, ...[rows, dimension, queries].map(String)], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, OPENBLAS_NUM_THREADS: String(availableParallelism()) },
    });
    await once(child, 'spawn');
    const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
    return new BareProduct(child, lines, JSON.parse((await lines.next()).value));
  }

  async time(): Promise<{ seconds: number; cpuSeconds: number }> {
    this.#child.stdin!.write('\n');
    return JSON.parse((await this.#lines.next()).value);
  }

  stop(): void {
    this.#child.stdin!.end();
  }
}
