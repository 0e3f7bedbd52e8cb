import { readFile } from 'node:fs/promises';
import { arch, platform } from 'node:process';
import type { WeightBits } from './integer-weights.js';

/** As /proc/cpuinfo of Linux names the instructions that multiply bytes and add up in 32 bits. */
const vnni = /\bavx(512)?_vnni\b/;

/**
 * How many bits weights may have so that nothing is lost on this machine. Without VNNI, onnxruntime's product of bytes
 * and integers adds up pairs in 16 bits on x86-64, where 8 bits may saturate and 7 never do (its documentation calls
 * this reduce_range); other processors have no such limit. Where it cannot be told, 7.
 */
export async function weightBitsHere(): Promise<WeightBits> {
  if (arch !== 'x64') return 8;
  if (platform !== 'linux') return 7;
  return vnni.test(await readFile('/proc/cpuinfo', 'utf8').catch(() => '')) ? 8 : 7;
}
