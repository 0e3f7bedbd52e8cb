import type { ReactNode } from 'react';
import { Icon } from '../controls/Icon.js';
import { Segmented } from '../controls/Segmented.js';
import { type Layout, layouts } from '../viewer/tiles.js';
import { presets, type WindowPreset } from '../viewer/windows.js';
import styles from './Toolbar.module.css';

interface ToolbarProps {
  readonly layout: Layout;
  readonly onLayout: (layout: Layout) => void;
  /** null: windows were set by hand, or no CT is shown. */
  readonly preset: WindowPreset | null;
  readonly onPreset: (preset: WindowPreset) => void;
  /** Presets are in HU: without a CT there is only the automatic window. */
  readonly hasCt: boolean;
  readonly maskShown: boolean;
  readonly hasMask: boolean;
  readonly onMask: () => void;
  readonly linked: boolean;
  readonly canLink: boolean;
  readonly onLink: () => void;
}

const layoutNames: Readonly<Record<Layout, string>> = {
  axial: 'Axial',
  coronal: 'Coronal',
  sagittal: 'Sagittal',
  planes: 'Three planes and 3D',
  render: '3D',
};
const layoutContent: Readonly<Record<Layout, ReactNode>> = {
  axial: 'Axial',
  coronal: 'Coronal',
  sagittal: 'Sagittal',
  planes: <Icon name="grid" />,
  render: <Icon name="cube" />,
};

/** How both viewers show their volumes. */
export function Toolbar(props: ToolbarProps) {
  const { layout, onLayout, preset, onPreset, hasCt, maskShown, hasMask, onMask, linked, canLink, onLink } =
    props;
  return (
    <div className={styles.toolbar} role="toolbar" aria-label="View">
      <Segmented
        label="Planes"
        choices={layouts.map((name, i) => ({
          value: name,
          content: layoutContent[name],
          name: layoutNames[name],
          title: `${layoutNames[name]} (${i + 1})`,
          testId: `layout-${name}`,
        }))}
        chosen={layout}
        onChoose={onLayout}
      />
      <Segmented
        label="Window"
        choices={presets.map(({ name, label }) => ({
          value: name,
          content: label,
          title: name === 'auto' ? 'Between percentiles of the volume (w: next)' : `${label} (w: next)`,
          disabled: !hasCt && name !== 'auto',
          testId: `window-${name}`,
        }))}
        chosen={preset}
        onChoose={onPreset}
      />
      <span className={styles.space} />
      <button
        type="button"
        className={styles.toggle}
        aria-pressed={maskShown}
        disabled={!hasMask}
        title={hasMask ? 'Show the mask (m)' : 'Neither volume has a mask'}
        data-testid="mask-toggle"
        onClick={onMask}
      >
        <Icon name="mask" /> Mask
      </button>
      <button
        type="button"
        className={styles.toggle}
        aria-pressed={linked}
        disabled={!canLink}
        title={linked ? 'Query and hit scroll together (l)' : 'Query and hit scroll on their own (l)'}
        data-testid="link-toggle"
        onClick={onLink}
      >
        <Icon name={linked ? 'link' : 'unlink'} /> Link
      </button>
    </div>
  );
}
