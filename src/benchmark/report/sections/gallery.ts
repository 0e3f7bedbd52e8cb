import { VoxseekError } from '../../../errors.js';
import { type Block, paragraph, type Section } from '../document.js';
import type { GalleryEntry, ReportInput } from '../input.js';

/** Anything else could make a browser ask outside, or carry a script. */
const pngData = /^data:image\/png;base64,[A-Za-z0-9+/]+={0,2}$/;

const noPictures =
  'No pictures: they show region queries after late interaction on exact search, for classes that are one label of the data, with an encoder that reads the images.';

/**
 * The best and the worst queries with their matched slices.
 *
 * @throws VoxseekError INTERNAL a picture is not PNG data
 */
export function gallerySection({ extras }: ReportInput): Section {
  const { gallery = [] } = extras;
  const blocks = (['best', 'worst'] as const).flatMap((kind): Block[] => {
    const entries = gallery.filter((entry) => entry.kind === kind);
    if (entries.length === 0) return [];
    return [
      { kind: 'heading', text: kind === 'best' ? 'Best queries' : 'Worst queries' },
      { kind: 'pictures', pictures: entries.map(pictureOf) },
    ];
  });
  const introduction = paragraph(
    'Region queries after late interaction on exact search, with the encoder that every picture names. Best are those whose answering slices all contain the class, worst those with the smallest localization ratio; of equals, the query with the most slices. No class and no query volume stands twice among the best or among the worst. Above stand slices of the query, below each the slice of the returned volume that is most similar to it.',
  );
  return {
    id: 'gallery',
    title: 'Gallery',
    blocks: blocks.length === 0 ? [paragraph(noPictures)] : [introduction, ...blocks],
  };
}

function pictureOf({ title, caption, picture, alternative }: GalleryEntry) {
  if (!pngData.test(picture)) {
    throw new VoxseekError('INTERNAL', 'a picture of the gallery is not PNG data', { subject: title });
  }
  return { title, caption, source: picture, alternative };
}
