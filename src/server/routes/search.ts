import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { Answer, Hit } from '../../answer/answer.js';
import { clientSignal } from '../http/client-signal.js';
import { problems } from '../http/responses.js';
import { type ApiHit, type SearchAnswer, searchAnswer, searchRequest } from '../schemas.js';
import { queryProblems } from '../search/query-problems.js';

export const searchRoutes: FastifyPluginAsyncZod = async (app) => {
  app.post(
    '/v1/search',
    {
      schema: {
        operationId: 'search',
        summary: 'Find the volumes that look most like a volume, or like a part of it',
        description:
          'The query is an archived volume or an image of an upload; at most one of slice, slices, box and label says which part of it. Every hit comes with the best slice for each slice of the query.',
        tags: ['search'],
        body: searchRequest,
        response: {
          200: searchAnswer,
          ...problems(...queryProblems, 'FILTER_INVALID', 'ARCHIVE_EMPTY'),
        },
      },
    },
    async ({ body }, reply) => {
      const answer = await app.voxseek.searches.search(body, clientSignal(reply));
      return reply.header('cache-control', 'no-store').send(searchAnswerOf(answer));
    },
  );
};

function searchAnswerOf({ query, ranking, hits, warnings, timings }: Answer): SearchAnswer {
  return {
    query: {
      volume: query.id ?? null,
      mode: query.mode,
      label: query.label ?? null,
      modality: query.modality,
      plane: query.plane,
      slices: [...query.slices],
      encoder: query.encoder,
    },
    ranking,
    hits: hits.map(apiHit),
    warnings: [...warnings],
    timings: { ...timings },
  };
}

function apiHit({ rank, volume, score, meanSimilarity, range, matches }: Hit): ApiHit {
  const { id, patient, modality, region, split, labels, dicom } = volume;
  return {
    rank,
    volume: id,
    patient,
    modality,
    region,
    split,
    labels: [...labels],
    study: dicom?.studyUid ?? null,
    series: dicom?.seriesUid ?? null,
    score,
    meanSimilarity,
    range: { ...range },
    matches: matches.map(({ dicomImage, ...match }) => ({
      ...match,
      sopInstance: dicomImage?.sopInstanceUid ?? null,
      frame: dicomImage?.frameNumber ?? null,
    })),
  };
}
