import { Option } from 'commander';
import { type DeviceChoice, deviceChoices } from '../encoder/network-session.js';

export interface DeviceOptions {
  readonly device?: DeviceChoice;
}

export function deviceOption(): Option {
  return new Option(
    '--device <device>',
    'where an ONNX model runs; auto: where it is fastest here (default: cpu)',
  ).choices(deviceChoices);
}
