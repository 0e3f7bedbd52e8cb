import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { describe } from 'vitest';

/** Debian's packages orthanc and orthanc-dicomweb. */
const programs = ['/usr/sbin/Orthanc', '/usr/bin/Orthanc'];
const plugins = [
  '/usr/share/orthanc/plugins/libOrthancDicomWeb.so',
  '/usr/lib/orthanc/libOrthancDicomWeb.so',
];
const program = programs.find(existsSync);
const plugin = plugins.find(existsSync);

/** A suite that needs a real DICOMweb server: skipped, with the reason in its title, where Orthanc is missing. */
export function describeWithOrthanc(title: string, suite: () => void): void {
  if (program !== undefined && plugin !== undefined) describe(title, { timeout: manyCommandsMs }, suite);
  else describe.skip(`${title} [skipped: no Orthanc with its DICOMweb plugin]`, suite);
}

const startsWithinMs = 30_000;
/** Such tests start the command several times, beside the server. */
const manyCommandsMs = 180_000;

/**
 * The Orthanc server with its DICOMweb plugin, on a free port. It listens on all interfaces whatever its
 * configuration says, but answers requests from this machine only.
 */
export class Orthanc {
  readonly port: number;
  readonly #folder: string;
  readonly #authorization: string | undefined;
  #process: ChildProcess | undefined;

  private constructor(port: number, folder: string, authorization: string | undefined) {
    this.port = port;
    this.#folder = folder;
    this.#authorization = authorization;
  }

  /** @param user its name and password; default: everybody may do everything. */
  static async start(user?: { readonly name: string; readonly password: string }): Promise<Orthanc> {
    const folder = await mkdtemp(join(tmpdir(), 'voxseek-orthanc-'));
    const port = await freePort();
    const configuration = {
      Name: 'test',
      StorageDirectory: join(folder, 'storage'),
      IndexDirectory: join(folder, 'storage'),
      Plugins: [plugin],
      HttpPort: port,
      DicomServerEnabled: false,
      RemoteAccessAllowed: false,
      AuthenticationEnabled: user !== undefined,
      ...(user && { RegisteredUsers: { [user.name]: user.password } }),
      DicomWeb: { Enable: true, Root: '/dicom-web/' },
      // A killed server must not have half of what it said it stored.
      SyncStorageArea: true,
    };
    await writeFile(join(folder, 'orthanc.json'), JSON.stringify(configuration));
    const authorization = user && `Basic ${Buffer.from(`${user.name}:${user.password}`).toString('base64')}`;
    const orthanc = new Orthanc(port, folder, authorization);
    await orthanc.restart();
    return orthanc;
  }

  /** Root of its DICOMweb service. */
  get root(): string {
    return `http://127.0.0.1:${this.port}/dicom-web`;
  }

  /** Starts it (again), with what it has stored. */
  async restart(): Promise<void> {
    const child = spawn(program!, [join(this.#folder, 'orthanc.json')], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#process = child;
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    const end = Date.now() + startsWithinMs;
    for (;;) {
      const isUp = await this.#request('/system').then(
        ({ ok }) => ok,
        () => false,
      );
      if (isUp) return;
      if (child.exitCode !== null || Date.now() > end) throw new Error(`Orthanc does not start:\n${output}`);
      await wait(50);
    }
  }

  /** Ends it at once, as a crash would. */
  async kill(): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  /** Ends it for good. */
  async stop(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Stores DICOM files by Orthanc's own interface, not by the client that is tested. */
  async add(files: readonly Uint8Array[]): Promise<void> {
    for (const body of files) {
      const { ok, status } = await this.#request('/instances', { method: 'POST', body });
      if (!ok) throw new Error(`Orthanc does not take a file: ${status}`);
    }
  }

  /** Number of instances that it has. */
  async countInstances(): Promise<number> {
    const answer = (await (await this.#request('/statistics')).json()) as { CountInstances: number };
    return answer.CountInstances;
  }

  #request(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = this.#authorization === undefined ? {} : { authorization: this.#authorization };
    return fetch(`http://127.0.0.1:${this.port}${path}`, { ...init, headers });
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
