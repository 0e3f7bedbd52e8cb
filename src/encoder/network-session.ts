import { env, InferenceSession, listSupportedBackends } from 'onnxruntime-node';
import { VoxseekError } from '../errors.js';

/** Where a network can run; `auto`: where it is fastest of what is there. */
export const deviceChoices = ['cpu', 'webgpu', 'cuda', 'auto'] as const;
export type DeviceChoice = (typeof deviceChoices)[number];
export type Device = Exclude<DeviceChoice, 'auto'>;

export interface NetworkSession {
  readonly session: InferenceSession;
  readonly device: Device;
}

const accelerators = deviceChoices.filter((name) => name !== 'cpu' && name !== 'auto');

export const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).trim();

/**
 * Loads a network into onnxruntime.
 *
 * @param threads for what runs on the CPU.
 * @param tryOut runs a session once; only called for `auto` where there is more than the CPU. The device where
 *   the second run takes the shortest time is chosen: an adapter may be there that a program only imitates.
 * @throws VoxseekError ENCODER_INVALID where the network cannot be loaded, ENCODER_DEVICE where the device is not
 *   there
 */
export async function openSession(
  modelFile: string,
  threads: number,
  choice: DeviceChoice,
  tryOut: (session: InferenceSession) => Promise<unknown>,
): Promise<NetworkSession> {
  const onCpu = () => openOnCpu(modelFile, threads);
  if (choice === 'cpu') return { session: await onCpu(), device: 'cpu' };
  if (choice === 'auto') return openFastest(modelFile, threads, await onCpu(), tryOut);
  try {
    return { session: await create(modelFile, threads, choice), device: choice };
  } catch (error) {
    // What is wrong is the device only if the network loads without it.
    await (await onCpu()).release();
    // A check that fails is named with its place in the sources first.
    const reason = messageOf(error).replace(/^.* was false\. /s, '');
    throw new VoxseekError('ENCODER_DEVICE', `it cannot run on ${choice} here (${reason})`, {
      subject: modelFile,
      cause: error,
    });
  }
}

async function openFastest(
  modelFile: string,
  threads: number,
  cpu: InferenceSession,
  tryOut: (session: InferenceSession) => Promise<unknown>,
): Promise<NetworkSession> {
  let best: NetworkSession = { session: cpu, device: 'cpu' };
  let bestTime: number | undefined;
  for (const device of accelerators) {
    const session = await create(modelFile, threads, device).catch(() => undefined);
    if (session === undefined) continue;
    bestTime ??= await secondRun(cpu, tryOut);
    const time = await secondRun(session, tryOut).catch(() => Number.POSITIVE_INFINITY);
    const isBetter = time < bestTime;
    await (isBetter ? best.session : session).release();
    if (isBetter) [best, bestTime] = [{ session, device }, time];
  }
  return best;
}

/** Milliseconds; the first run also compiles and allocates. */
async function secondRun(
  session: InferenceSession,
  tryOut: (session: InferenceSession) => Promise<unknown>,
): Promise<number> {
  await tryOut(session);
  const started = performance.now();
  await tryOut(session);
  return performance.now() - started;
}

async function openOnCpu(modelFile: string, threads: number): Promise<InferenceSession> {
  try {
    return await create(modelFile, threads, 'cpu');
  } catch (error) {
    throw new VoxseekError('ENCODER_INVALID', `onnxruntime cannot load it (${messageOf(error)})`, {
      subject: modelFile,
      cause: error,
    });
  }
}

async function create(modelFile: string, threads: number, device: Device): Promise<InferenceSession> {
  if (!listSupportedBackends().some(({ name }) => name === device)) {
    throw new Error(`this build of onnxruntime has no ${device}`);
  }
  // Only what is fatal: every other failure comes back as an exception with the same text. Loading a device
  // speaks through the environment's log, everything else through the session's.
  env.logLevel = 'fatal';
  return InferenceSession.create(modelFile, {
    executionProviders: [device],
    graphOptimizationLevel: 'all',
    intraOpNumThreads: threads,
    // Idle threads of the network sleep: those that read, cut and prepare the next slices have the cores then.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
    interOpNumThreads: 1,
    logSeverityLevel: 4,
  });
}
