import { z } from 'zod';

export const reportList = z.object({
  reports: z.array(
    z.object({
      name: z.string().describe('Part of the address /v1/reports/{name}/report.html.'),
      title: z.string(),
      createdAt: z.string(),
      files: z.array(z.string()),
    }),
  ),
});

export type ReportList = z.infer<typeof reportList>;
