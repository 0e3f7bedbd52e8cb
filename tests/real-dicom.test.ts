import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decode } from 'fast-png';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  Archive,
  findVolumes,
  type IngestReport,
  ingest,
  openForIngest,
  SearchEngine,
  search,
  writeFigure,
} from '../src/index.js';
import { voxseekHere } from './command-in-process.js';
import { describeWithPython } from './python.js';
import { describeWithData, sharedData } from './shared.js';
import { temporaryFolder } from './volume-fixtures.js';

const folder = temporaryFolder();
const ct = join(sharedData, 'dicom', 'CRLM-CT-1004');
const prostate = join(sharedData, 'dicom', 'ProstateX-0000');

async function ingestInto(path: string, inputs: readonly string[]): Promise<IngestReport> {
  const { archive, encoder } = await openForIngest(path);
  const entries = (await Promise.all(inputs.map((input) => findVolumes(input)))).flat();
  const report = await ingest(archive, encoder, entries);
  await encoder.close();
  await archive.close();
  return report;
}

/** A CT as NIfTI, in full, made by nothing of ours; prints the SOP instance UID of the slice at each height. */
const toNifti = `
import glob, json, os, sys
import nibabel, numpy, pydicom
files = [f for f in glob.glob(sys.argv[1] + '/**/*', recursive=True) if os.path.isfile(f)]
slices = [s for s in map(pydicom.dcmread, files) if s.Modality == 'CT']
row, column = (numpy.array(slices[0].ImageOrientationPatient[i:i + 3], float) for i in (0, 3))
normal = numpy.cross(row, column)
place = lambda s: numpy.array(s.ImagePositionPatient, float)
slices.sort(key=lambda s: float(normal @ place(s)))
hu = [s.pixel_array * float(s.RescaleSlope) + float(s.RescaleIntercept) for s in slices]
affine = numpy.eye(4)
affine[:3, 0] = row * float(slices[0].PixelSpacing[1])
affine[:3, 1] = column * float(slices[0].PixelSpacing[0])
affine[:3, 2] = (place(slices[-1]) - place(slices[0])) / (len(slices) - 1)
affine[:3, 3] = place(slices[0])
affine = numpy.diag([-1, -1, 1, 1]) @ affine
voxels = numpy.stack(hu).transpose(2, 1, 0).astype(numpy.int16)
nibabel.save(nibabel.Nifti1Image(voxels, affine), sys.argv[2])
print(json.dumps({'%.3f' % place(s)[2]: s.SOPInstanceUID for s in slices}))
`;

describeWithData('a CT as DICOM', () => {
  describeWithPython(
    ['pydicom', 'nibabel', 'numpy'],
    'and as NIfTI, made by pydicom and nibabel',
    (runPython) => {
      const nifti = join(folder, 'same.nii.gz');
      const path = join(folder, 'both');
      let uidAt: Readonly<Record<string, string>>;
      let archive: Archive;

      beforeAll(async () => {
        uidAt = runPython(folder, toNifti, [ct, nifti]) as typeof uidAt;
        await ingestInto(path, [ct, nifti]);
        archive = await Archive.open(path);
      });
      afterAll(() => archive.close());

      it('has the same embeddings', async () => {
        const stored = await archive.loadSlices(await archive.volumes());
        const [dicom, file] = stored.volumes;
        expect([dicom!.rowCount, file!.rowCount]).toEqual([41, 41]);
        const length = 41 * stored.dimension;
        const [a, b] = [dicom!, file!].map(({ firstRow }) =>
          stored.embeddings.subarray(firstRow * stored.dimension, firstRow * stored.dimension + length),
        );
        const difference = a!.reduce((largest, value, i) => Math.max(largest, Math.abs(value - b![i]!)), 0);
        expect(difference).toBeLessThan(1e-5);
      });

      it('finds itself first, and the other one as near', async () => {
        for (const query of [ct, nifti]) {
          const { hits, warnings } = await search(archive, { query });
          expect(hits[0]!.meanSimilarity).toBeCloseTo(1, 5);
          expect(hits[1]!.meanSimilarity).toBeCloseTo(1, 5);
          expect(warnings.join()).toContain('in the archive already');
          const others = (await search(archive, { query, exclude: 'self' })).hits;
          expect(others).toHaveLength(1);
          expect(others[0]!.meanSimilarity).toBeCloseTo(1, 5);
        }
      });

      it('names the image of every matched slice, as pydicom has it', async () => {
        const { hits, query } = await search(archive, { query: nifti });
        const found = hits.find(({ volume }) => volume.dicom !== null)!;
        expect(found.matches).toHaveLength(41);
        for (const { positionMm, dicomImage } of found.matches) {
          expect(dicomImage).toEqual({
            sopInstanceUid: uidAt[positionMm.toFixed(3)],
            frameNumber: null,
          });
        }
        expect(new Set(found.matches.map((match) => match.dicomImage!.sopInstanceUid)).size).toBe(41);
        expect(query.dicomImages.every((image) => image === null)).toBe(true);
      });
    },
  );

  it('is the same scan under other names, in another order', async () => {
    const copy = join(folder, 'renamed');
    mkdirSync(copy);
    const image = join(ct, 'image');
    const names = readdirSync(image).filter((name) => name.endsWith('.dcm'));
    names.forEach((name, index) => {
      cpSync(join(image, name), join(copy, `${(index * 29) % names.length}`));
    });
    const path = join(folder, 'copies');
    await ingestInto(path, [ct]);
    expect(await ingestInto(path, [copy])).toMatchObject({ outcomes: { updated: 1 }, slices: 0 });
    const archive = await Archive.open(path);
    const { hits } = await search(archive, { query: ct });
    expect(hits[0]!.meanSimilarity).toBeCloseTo(1, 5);
    await archive.close();
  });
});

describeWithData('an MR study of seven series in one tree', () => {
  const path = join(folder, 'prostate');
  const base = '1.3.6.1.4.1.14519.5.2.1.7311.5101';
  const transversal = `${base}.160028252338004527274326500702`;
  const diffusion = `${base}.193930593885836732899229869284`;
  let archive: Archive;

  beforeAll(async () => {
    const report = await ingestInto(path, [prostate, ct]);
    expect(report.failures).toEqual([]);
    expect(report.outcomes.added).toBe(10);
    archive = await Archive.open(path);
  });
  afterAll(() => archive.close());

  it('is one patient, under a name that tells nothing', async () => {
    const volumes = await archive.volumes("modality = 'MR'");
    expect(volumes).toHaveLength(9);
    expect(new Set(volumes.map(({ patient }) => patient)).size).toBe(1);
    expect(volumes[0]!.patient).toMatch(/^[0-9a-f]{16}$/);
    const [other] = await archive.volumes("modality = 'CT'");
    expect(other!.patient).not.toBe(volumes[0]!.patient);
  });

  it('asks which series is meant, and takes one stack of several', async () => {
    const asked = await voxseekHere('search', path, prostate, '--series', diffusion);
    expect(asked.stderr).toContain('SERIES_AMBIGUOUS');
    for (const bValue of [50, 400, 800]) expect(asked.stderr).toContain(`${diffusion}#b-${bValue}`);
    const found = await voxseekHere('search', path, prostate, '--series', `${diffusion}#b-800`, '--json');
    const { query, hits } = JSON.parse(found.stdout) as {
      query: { series: string };
      hits: { volume: string; meanSimilarity: number }[];
    };
    expect(query.series).toBe(diffusion);
    expect(hits[0]).toMatchObject({ volume: `${diffusion}#b-800`, meanSimilarity: 1 });
    expect(hits[0]!.meanSimilarity).toBeGreaterThan(hits[1]!.meanSimilarity);
  });

  it('is found by a region of it, and cropped from its files again', async () => {
    const engine = new SearchEngine(archive);
    for (const cropMarginMm of [undefined, 10]) {
      const { hits, query } = await engine.search({
        query: transversal,
        slices: [5, 9],
        exclude: 'none',
        ...(cropMarginMm !== undefined && { cropMarginMm }),
      });
      expect(query.slices).toEqual([5, 6, 7, 8, 9]);
      expect(hits[0]!.volume.id).toBe(transversal);
      expect(hits[0]!.range.from).toBeGreaterThanOrEqual(4);
      expect(hits[0]!.range.to).toBeLessThanOrEqual(10);
    }
    await engine.close();
  });

  it('is drawn from its files', async () => {
    const answer = await search(archive, { query: transversal, k: 2 });
    const file = join(folder, 'figure.png');
    await writeFigure(file, answer);
    const { width } = decode(readFileSync(file));
    expect(width).toBeGreaterThan(1000);
  });
});
