import { type QueryClient, queryOptions } from '@tanstack/react-query';
import type { Job } from '../../../src/server/schemas.js';
import { requestJson } from '../api/client.js';
import { hasEnded } from './job-progress.js';

const jobsKey = ['jobs'] as const;
/** Other tabs and programs start jobs too. */
const lookAgainMs = { busy: 2000, idle: 10_000 };

/** All jobs that the server remembers, the newest first. */
export const jobsQuery = queryOptions({
  queryKey: jobsKey,
  queryFn: async ({ signal }) => (await requestJson<{ jobs: Job[] }>('jobs', { signal })).jobs,
  refetchInterval: ({ state }) =>
    state.data?.some((job) => !hasEnded(job)) === true ? lookAgainMs.busy : lookAgainMs.idle,
});

export function cancelJob(id: string): Promise<Job> {
  return requestJson<Job>(`jobs/${encodeURIComponent(id)}`, { method: 'DELETE' });
}

/** Puts the news of a job into the list; what is shown of the archive is asked for again when it has ended. */
export function takeNews(queries: QueryClient, job: Job): void {
  queries.setQueryData<Job[]>(jobsKey, (jobs = []) =>
    jobs.some(({ id }) => id === job.id)
      ? jobs.map((known) => (known.id === job.id ? job : known))
      : [job, ...jobs],
  );
  if (!hasEnded(job)) return;
  void queries.invalidateQueries({ queryKey: ['archive'] });
  void queries.invalidateQueries({ queryKey: ['volumes'] });
}
