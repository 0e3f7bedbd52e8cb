import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('..', import.meta.url));

export interface ScriptResult {
  /** Null where a signal ended the process. */
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
  readonly errors: string;
}

/** A TypeScript script that runs in a process of its own. */
export class RunningScript {
  /** Resolves when the process has ended, however it ended. */
  readonly done: Promise<ScriptResult>;
  readonly #child: ChildProcess;
  readonly #waiting = new Map<string, () => void>();
  #output = '';
  #errors = '';

  /**
   * @param script path below the root of the repository.
   * @param input handed over as JSON, the only argument.
   */
  constructor(script: string, input: unknown) {
    this.#child = spawn(
      process.execPath,
      ['--import', 'tsx', join(repository, script), JSON.stringify(input)],
      { cwd: repository, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    this.#child.stderr!.on('data', (chunk: Buffer) => {
      this.#errors += chunk.toString();
    });
    this.#child.stdout!.on('data', (chunk: Buffer) => {
      this.#output += chunk.toString();
      for (const [line, wake] of this.#waiting) if (this.#has(line)) wake();
    });
    this.done = new Promise((resolve, reject) => {
      this.#child.once('error', reject);
      this.#child.once('close', (exitCode, signal) => {
        resolve({ exitCode, signal, output: this.#output, errors: this.#errors });
      });
    });
  }

  /** Waits until the script has printed this line. */
  async printed(line: string): Promise<void> {
    if (this.#has(line)) return;
    const seen = new Promise<void>((wake) => this.#waiting.set(line, wake));
    const ended = this.done.then(({ output, errors }) => {
      if (!this.#has(line)) throw new Error(`ended without printing "${line}"\n${output}\n${errors}`);
    });
    await Promise.race([seen, ended]);
    this.#waiting.delete(line);
  }

  /** kill -9: the process can do nothing about it. */
  kill(): Promise<ScriptResult> {
    this.#child.kill('SIGKILL');
    return this.done;
  }

  #has(line: string): boolean {
    return `\n${this.#output}`.includes(`\n${line}\n`);
  }
}
