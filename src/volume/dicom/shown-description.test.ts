import { expect, it } from 'vitest';
import { along, instancesOf, seriesDatasets } from '../../../tests/dicom-series.js';
import { groupStacks } from './group-stacks.js';
import { shownDescription } from './shown-description.js';

async function shown(SeriesDescription: string, patient: Record<string, string> = {}) {
  const attributes = {
    PatientName: 'Müller^Hans Jörg^^Dr',
    PatientID: 'QX-4711',
    ...patient,
    SeriesDescription,
  };
  const instances = await instancesOf(seriesDatasets({ positions: along(2), attributes }));
  return shownDescription(groupStacks(instances).stacks[0]!);
}

it.each(['t2_tse_tra', 'Thorax nativ 5.0 B30f', 'DWI b=50,400,800', 'Sagittal T1'])(
  'shows "%s"',
  async (text) => {
    expect(await shown(text)).toBe(text);
  },
);

it.each(['Thorax MÜLLER', 'hans, follow-up', 'Jörgs Knie', 'ABD qx 2', 'Pat. 4711', 'geb. 19370211'])(
  'does not show "%s", which may name the patient',
  async (text) => {
    expect(await shown(text)).toBeUndefined();
  },
);

it('shows anything but long numbers where the patient is not named', async () => {
  expect(await shown('Thorax Meier', { PatientName: '', PatientID: '' })).toBe('Thorax Meier');
  expect(await shown('Thorax 123456', { PatientName: '', PatientID: '' })).toBeUndefined();
});
