import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import type { Job } from '../../../src/server/schemas.js';
import { apiAddress } from '../api/base.js';
import { hasEnded } from './job-progress.js';
import { takeNews } from './job-queries.js';

/** Follows a job as it goes on, until it has ended. What it needs of a token comes as a cookie. */
export function useJobNews(id: string | null): void {
  const queries = useQueryClient();
  useEffect(() => {
    if (id === null) return;
    const events = new EventSource(apiAddress(`jobs/${encodeURIComponent(id)}/events`));
    events.addEventListener('job', (event: MessageEvent<string>) => {
      const job = JSON.parse(event.data) as Job;
      // The server closes after the last one, and the browser would ask again.
      if (hasEnded(job)) events.close();
      takeNews(queries, job);
    });
    return () => events.close();
  }, [id, queries]);
}
