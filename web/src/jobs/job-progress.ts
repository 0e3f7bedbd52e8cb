import type { Job } from '../../../src/server/schemas.js';
import { formatDuration } from '../controls/format-time.js';

export function hasEnded({ state }: Job): boolean {
  return state === 'done' || state === 'failed' || state === 'cancelled';
}

/** @returns how much of the work is done, 0 to 1: by slices where their rate is known, else by volumes. */
export function shareDone({ progress, state }: Job): number {
  if (state === 'done') return 1;
  const { done, total, slices, slicesPerSecond, secondsLeft } = progress;
  if (slicesPerSecond !== null && secondsLeft !== null) {
    const all = slices + slicesPerSecond * secondsLeft;
    if (all > 0) return slices / all;
  }
  return total === 0 ? 0 : done / total;
}

function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}

/** @returns what a job is at, or what became of it, in one line. */
export function jobFacts(job: Job): string {
  const { state, progress, startedAt, endedAt, volumes, duplicates, failures } = job;
  if (state === 'waiting') return `${counted(progress.total, 'volume')} to add`;
  if (!hasEnded(job)) {
    const { done, total, slices, slicesPerSecond, secondsLeft } = progress;
    return [
      `${done.toLocaleString('en')} of ${counted(total, 'volume')}`,
      counted(slices, 'slice'),
      ...(slicesPerSecond === null
        ? []
        : [`${slicesPerSecond.toFixed(slicesPerSecond < 10 ? 1 : 0)} slices/s`]),
      ...(secondsLeft === null ? [] : [`${formatDuration(secondsLeft)} left`]),
    ].join(', ');
  }
  const took =
    startedAt === null || endedAt === null ? null : (Date.parse(endedAt) - Date.parse(startedAt)) / 1000;
  return [
    `${counted(volumes.length, 'volume')} added`,
    ...(duplicates.length === 0 ? [] : [`${duplicates.length} there already`]),
    ...(failures.length === 0 ? [] : [`${failures.length} failed`]),
    ...(took === null || took < 0.5 ? [] : [`in ${formatDuration(took)}`]),
  ].join(', ');
}
