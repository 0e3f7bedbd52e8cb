import { VoxseekError } from '../../errors.js';
import { bytesOf, type Field, readFields } from '../../protobuf.js';
import type { OnnxTensor } from './onnx-model.js';

/**
 * The values of a float32 tensor, in row-major order.
 *
 * @param file to name in errors.
 * @throws VoxseekError ENCODER_INVALID where it does not hold as many as its shape says
 */
export function floatValues(tensor: OnnxTensor, file: string): Float32Array {
  const fields = [...readFields(tensor.message)];
  const raw = fields.find(({ number }) => number === 9);
  // In float_data (field 4) each field holds one number or, packed, several: the bytes are the same.
  const parts = raw === undefined ? fields.filter(({ number }) => number === 4) : [raw];
  const bytes = Buffer.concat(parts.map(floatBytes));
  const count = tensor.shape.reduce((product, length) => product * length, 1);
  if (bytes.length !== count * 4) {
    throw new VoxseekError(
      'ENCODER_INVALID',
      `its weights "${tensor.name}" of [${tensor.shape.join(', ')}] have ${bytes.length} bytes`,
      { subject: file, advice: 'Copy or export the model again, all of its files.' },
    );
  }
  // A copy: what Buffer.concat gives need not begin at a multiple of four.
  return new Float32Array(new Uint8Array(bytes).buffer);
}

function floatBytes(field: Field): Uint8Array {
  return field.wireType === 5 ? field.content : bytesOf(field);
}
