import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { EncoderPreset } from './presets.js';

/** `ready`: its file is in the cache. `download`: it will be fetched when it is opened. `export`: by hand. */
export type PresetState = 'ready' | 'download' | 'export';

/**
 * Where Voxseek keeps what it can fetch again: VOXSEEK_CACHE, else the usual place of the platform
 * (XDG_CACHE_HOME or ~/.cache, ~/Library/Caches, %LOCALAPPDATA%) with a folder voxseek in it.
 */
export function cacheFolder(): string {
  const { VOXSEEK_CACHE, XDG_CACHE_HOME, LOCALAPPDATA } = process.env;
  if (VOXSEEK_CACHE) return VOXSEEK_CACHE;
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'voxseek');
  if (process.platform === 'win32') {
    return join(LOCALAPPDATA || join(homedir(), 'AppData', 'Local'), 'voxseek', 'Cache');
  }
  return join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'voxseek');
}

/** The preset's model file: CACHE/encoders/NAME/NAME.onnx; its configuration is NAME.json beside it. */
export function presetModelFile({ name }: Pick<EncoderPreset, 'name'>): string {
  return join(cacheFolder(), 'encoders', name, `${name}.onnx`);
}

export function presetState(preset: EncoderPreset): PresetState {
  if (existsSync(presetModelFile(preset))) return 'ready';
  return preset.hub === undefined ? 'export' : 'download';
}
