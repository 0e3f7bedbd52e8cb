import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import type { ErrorCode } from '../../errors.js';
import { bytes, notModified, problems } from '../http/responses.js';
import { sendDerivedFile } from '../http/send-file.js';
import { archivedImage } from '../pictures/archived-viewable.js';
import { labelNumbers, openMaskOf } from '../pictures/label-volume.js';
import type { ViewableImage } from '../pictures/viewable-image.js';
import {
  imageFileQuery,
  labelNames,
  sliceIndex,
  slicePictureQuery,
  thumbnailQuery,
  uploadedImageParams,
  volumeParams,
} from '../schemas.js';
import { revisionOf } from '../volumes/volume-summary.js';

/** Reading a volume may end with any of these. */
const reading: readonly ErrorCode[] = [
  'FILE_NOT_FOUND',
  'FILE_NOT_READABLE',
  'VOLUME_CORRUPT',
  'STORAGE_FULL',
  'STORAGE_NOT_WRITABLE',
];
const png = bytes('image/png', 'PNG, 8 bits, grey, radiological display orientation, square pixels.');
const nifti = bytes('application/gzip', 'NIfTI-1, compressed (.nii.gz), RAS+ mm.');

/** What a path names, and the revision that it has now; undefined: it never changes. */
interface Shown {
  readonly image: ViewableImage;
  readonly revision: string | undefined;
}

/** Pictures and files of archived volumes and of uploaded images. */
export const pictureRoutes: FastifyPluginAsyncZod = async (app) => {
  const { archive, uploadedImage, pictures } = app.voxseek;

  const routes = [
    {
      base: '/v1/volumes/:id',
      name: 'Volume',
      tag: 'archive',
      params: volumeParams,
      unknown: 'VOLUME_UNKNOWN',
      find: async (params: unknown): Promise<Shown> => {
        const record = await archive.volume(volumeParams.parse(params).id);
        return { image: archivedImage(record), revision: revisionOf(record) };
      },
    },
    {
      base: '/v1/uploads/:upload/images/:image',
      name: 'Upload',
      tag: 'uploads',
      params: uploadedImageParams,
      unknown: 'UPLOAD_UNKNOWN',
      find: async (params: unknown): Promise<Shown> => {
        const { upload, image } = uploadedImageParams.parse(params);
        return { image: await uploadedImage(upload, image), revision: undefined };
      },
    },
  ] as const;
  const isImmutable = ({ revision }: Shown, asked: string | undefined) =>
    revision === undefined || revision === asked;

  for (const { base, name, tag, params, unknown, find } of routes) {
    app.get(
      `${base}/thumbnail.png`,
      {
        schema: {
          operationId: `get${name}Thumbnail`,
          summary: 'A small picture of one slice, cut to the body',
          tags: [tag],
          params,
          querystring: thumbnailQuery,
          response: { 200: png, 304: notModified, ...problems(unknown, ...reading) },
        },
      },
      async (request, reply) => {
        const shown = await find(request.params);
        const { slice, size, revision } = request.query;
        const file = pictures.thumbnail(shown.image, slice, size);
        return sendDerivedFile(request, reply, file, isImmutable(shown, revision));
      },
    );
    app.get(
      `${base}/slices/:index.png`,
      {
        schema: {
          operationId: `get${name}Slice`,
          summary: 'One slice as a picture',
          tags: [tag],
          params: params.extend({ index: sliceIndex }),
          querystring: slicePictureQuery,
          response: { 200: png, 304: notModified, ...problems(unknown, ...reading) },
        },
      },
      async (request, reply) => {
        const shown = await find(request.params);
        const { window, size, revision } = request.query;
        const file = pictures.slice(shown.image, request.params.index, window, size);
        return sendDerivedFile(request, reply, file, isImmutable(shown, revision));
      },
    );
    app.get(
      `${base}/image.nii.gz`,
      {
        schema: {
          operationId: `get${name}Image`,
          summary: 'The volume, or a part of it, cropped and reduced',
          tags: [tag],
          params,
          querystring: imageFileQuery,
          response: { 200: nifti, 304: notModified, ...problems(unknown, ...reading) },
        },
      },
      async (request, reply) => {
        const shown = await find(request.params);
        const file = pictures.imageFile(shown.image, request.query);
        return sendDerivedFile(request, reply, file, isImmutable(shown, request.query.revision));
      },
    );
  }

  app.get(
    '/v1/volumes/:id/mask.nii.gz',
    {
      schema: {
        operationId: 'getVolumeMask',
        summary: 'The mask of the volume as label numbers, cropped and reduced as its image',
        tags: ['archive'],
        params: volumeParams,
        querystring: imageFileQuery,
        response: {
          200: nifti,
          304: notModified,
          ...problems('VOLUME_UNKNOWN', 'MASK_UNKNOWN', 'MASK_GRID_MISMATCH', 'MASK_INVALID', ...reading),
        },
      },
    },
    async (request, reply) => {
      const record = await archive.volume(request.params.id);
      await openMaskOf(record);
      const file = pictures.maskFile(record, request.query);
      return sendDerivedFile(request, reply, file, request.query.revision === revisionOf(record));
    },
  );
  app.get(
    '/v1/volumes/:id/mask.json',
    {
      schema: {
        operationId: 'getVolumeMaskLabels',
        summary: 'Names of the numbers in the mask',
        tags: ['archive'],
        params: volumeParams,
        response: {
          200: labelNames,
          ...problems('VOLUME_UNKNOWN', 'MASK_UNKNOWN', 'MASK_INVALID', ...reading),
        },
      },
    },
    async ({ params }) => {
      const record = await archive.volume(params.id);
      return Object.fromEntries(labelNumbers(await openMaskOf(record), record.labels));
    },
  );
};
