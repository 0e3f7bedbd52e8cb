import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { describeWithPython } from '../../../tests/python.js';
import { randomNumbers } from '../../../tests/random.js';
import { temporaryFolder } from '../../../tests/volume-fixtures.js';
import type { IntensityContext, SliceImage } from '../../volume/volume.js';
import { createOnnxEncoder } from '../onnx.js';
import { encoderPresets } from './presets.js';

/** Which published architecture stands for which preset; ViT-S/16 is DINO's smaller sister of ViT-B/16. */
const cases = [
  { architecture: 'dino_vits16', preset: 'dinov1-vitb16', dimension: 384 },
  { architecture: 'dinov2_vitb14', preset: 'dinov2-vitb14', dimension: 768 },
  { architecture: 'swin_t', preset: 'swin-radimagenet', dimension: 768 },
  { architecture: 'resnet50_radimagenet', preset: 'resnet50-radimagenet', dimension: 2048 },
  { architecture: 'resnet50', preset: 'resnet50-fractal', dimension: 2048 },
  { architecture: 'dreamsim', preset: 'dreamsim', dimension: 1792 },
] as const;

/**
 * Random weights, exported by tools/export; and the embeddings of the same slices by PyTorch, with a
 * preprocessing of its own: NumPy for the window, torchvision's resize of a PIL image, torchvision's normalise.
 */
const program = `
import json, sys
folder, tools, cases = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
sys.dont_write_bytecode = True
sys.path.insert(0, tools)
import warnings
warnings.filterwarnings("ignore")
import numpy as np, torch, torchvision
from PIL import Image
from torchvision.transforms import InterpolationMode, functional
from export import CONFIGURATIONS, export
from networks import DreamSim, load_network, of_radimagenet, random_network, ARCHITECTURES

slices = json.load(open(f"{folder}/slices.json"))
pixels = np.fromfile(f"{folder}/slices.f32", dtype=np.float32)

def network_input(slice, config):
    width, height = slice["width"], slice["height"]
    begin = slice["offset"]
    values = pixels[begin:begin + width * height].reshape(height, width).astype(np.float64)
    low, high = slice["range"]
    image = Image.fromarray(np.clip((values - low) / (high - low), 0, 1).astype(np.float32), mode="F")
    size = config["inputSize"]
    width_mm, height_mm = width * slice["pixelSpacing"][0], height * slice["pixelSpacing"][1]
    per_mm = min(size / width_mm, size / height_mm)
    target = [int(height_mm * per_mm + 0.5), int(width_mm * per_mm + 0.5)]
    mode = InterpolationMode(config["interpolation"])
    resized = np.asarray(functional.resize(image, target, mode)).clip(0, 1)
    canvas = np.zeros((size, size), dtype=np.float32)
    top, left = (size - target[0]) // 2, (size - target[1]) // 2
    canvas[top:top + target[0], left:left + target[1]] = resized
    tensor = torch.from_numpy(canvas).expand(3, -1, -1)
    three = lambda values: values if len(values) == 3 else values * 3
    return functional.normalize(tensor, three(config["mean"]), three(config["std"]))

class Branches(torch.nn.Module):
    """Stands for DreamSim's PerceptualModel, whose package is not here: same interface, small branches."""
    def __init__(self):
        super().__init__()
        torch.manual_seed(5)
        self.layers = torch.nn.ModuleList(torch.nn.Linear(192, size) for size in (768, 512, 512))
        self.mlp = torch.nn.Identity()
        self.extract_feats_list = [self.extractor(layer, index) for index, layer in enumerate(self.layers)]
    def extractor(self, layer, index):
        def extract(images, extractor_index):
            assert extractor_index == index
            features = layer(torch.nn.functional.avg_pool2d(images, 28).flatten(1))
            return features[:, None, None, :] if index == 0 else features
        return extract
    def embed(self, image):
        """One image at a time, as the published code does it."""
        features = torch.cat([f(image, extractor_index=i).squeeze() for i, f in enumerate(self.extract_feats_list)])
        features = self.mlp(features)[None]
        features = (features.T / torch.norm(features, dim=1)).T
        return (features.T - torch.mean(features, dim=1)).T

answers = {}
for case in cases:
    architecture, preset = case["architecture"], case["preset"]
    config = CONFIGURATIONS[preset]
    with torch.no_grad():
        images = torch.stack([network_input(slice, config) for slice in slices])
        if architecture == "dreamsim":
            branches = Branches().eval()
            network = DreamSim(branches).eval()
            output = torch.cat([branches.embed(image[None]) for image in images])
        else:
            network = random_network(architecture, seed=7)
            output = network(images)
        if config["pooling"] == "cls":
            output = output[:, 0]
        embeddings = torch.nn.functional.normalize(output.double(), dim=1)
    export(network, preset, folder, architecture)
    answers[architecture] = embeddings.tolist()

# The published checkpoints: DINO's and DINOv2's as they are, RadImageNet's as a sequence without names, others
# with a head.
vit = {name: list(ARCHITECTURES[name].build().state_dict()) for name in ("dino_vits16", "dinov2_vitb14")}
reference = random_network("resnet50", seed=9)
children = list(torchvision.models.resnet50().children())[:9]
sequence = torch.nn.Sequential(*children)
names = [name for name, _ in reference.named_children()]
for child, name in zip(children, names):
    child.load_state_dict(getattr(reference, name).state_dict())
torch.save({f"backbone.{name}": value for name, value in sequence.state_dict().items()}, f"{folder}/radimagenet.pt")
loaded = load_network("resnet50_radimagenet", f"{folder}/radimagenet.pt")
headed = torchvision.models.resnet50(num_classes=10)
headed.load_state_dict(reference.state_dict(), strict=False)
torch.save({"state_dict": headed.state_dict()}, f"{folder}/fractal.pth.tar")
of_head = load_network("resnet50", f"{folder}/fractal.pth.tar")
same = lambda network: all(torch.equal(a, b) for a, b in zip(reference.state_dict().values(), network.state_dict().values()))
try:
    torch.save({"conv1.weight": torch.zeros(64, 3, 7, 7)}, f"{folder}/partial.pt")
    load_network("resnet50", f"{folder}/partial.pt")
    refused = False
except RuntimeError:
    refused = True

# Positions whose first number is their row and second their column.
dinov2 = ARCHITECTURES["dinov2_vitb14"].build()
with torch.no_grad():
    grid = dinov2.pos_embed[0, 1:].view(37, 37, -1)
    grid[..., 0] = torch.arange(37.0)[:, None]
    grid[..., 1] = torch.arange(37.0)[None, :]
    dinov2.pos_embed[0, 0] = 5
dinov2.fix_grid(16)
positions = dinov2.pos_embed[0, 1:].view(16, 16, -1)[..., :2].tolist()
kept = ARCHITECTURES["dinov2_vitb14"].rename({"mask_token": torch.zeros(1), "norm.weight": torch.zeros(1)})

json.dump({
    "classPosition": dinov2.pos_embed[0, 0, :2].tolist(), "positions": positions, "kept": list(kept),
    "embeddings": answers, "vit": vit, "radimagenet": same(loaded), "fractal": same(of_head), "refused": refused,
    "configurations": CONFIGURATIONS,
}, sys.stdout)
`;

interface Answer {
  readonly embeddings: Readonly<Record<string, readonly (readonly number[])[]>>;
  readonly vit: Readonly<Record<string, readonly string[]>>;
  readonly radimagenet: boolean;
  readonly fractal: boolean;
  readonly refused: boolean;
  readonly configurations: Readonly<Record<string, unknown>>;
  readonly classPosition: readonly number[];
  /** [row][column][number]. */
  readonly positions: readonly (readonly (readonly [number, number])[])[];
  readonly kept: readonly string[];
}

/** Coarse blocks with sharp edges and fine noise, in the range of a CT: what a wrong resize would change. */
function makeSlice(seed: number, width: number, height: number, spacing: [number, number]): SliceImage {
  const random = randomNumbers(seed);
  const block = 12;
  const columns = Math.ceil(width / block);
  const blocks = Array.from({ length: columns * Math.ceil(height / block) }, () => random() * 2600 - 1200);
  const pixels = Float32Array.from({ length: width * height }, (_, index) => {
    const x = index % width;
    const y = Math.floor(index / width);
    const inside = x > width / 8 && x < width - width / 8 && y > height / 6;
    const noise = (random() - 0.5) * 200;
    return inside ? blocks[Math.floor(y / block) * columns + Math.floor(x / block)]! + noise : -1024;
  });
  return { pixels, width, height, pixelSpacing: spacing };
}

const slices = [
  makeSlice(1, 300, 260, [0.9, 0.9]),
  makeSlice(2, 97, 64, [0.8, 1.7]),
  makeSlice(3, 180, 350, [1.1, 0.6]),
  makeSlice(4, 120, 120, [1, 1]),
];
const ct: IntensityContext = { modality: 'CT', percentiles: [-1024, 1300] };
const mr: IntensityContext = { modality: 'MR', percentiles: [-310.5, 905.25] };
/** The first three are read as CT in the default window of -1000 to 1000 HU, the last as MR. */
const ctCount = 3;

function greatestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  let greatest = 0;
  for (let i = 0; i < a.length; i++) greatest = Math.max(greatest, Math.abs(a[i]! - b[i]!));
  return greatest;
}

/** Keys' cubic with PyTorch's a = -0.75 at a place between the numbers 0, 1, ... last, the ends repeated. */
function interpolateIndex(place: number, last: number): number {
  const a = -0.75;
  const weight = (distance: number) =>
    distance <= 1
      ? (a + 2) * distance ** 3 - (a + 3) * distance ** 2 + 1
      : a * distance ** 3 - 5 * a * distance ** 2 + 8 * a * distance - 4 * a;
  const first = Math.floor(place) - 1;
  return [0, 1, 2, 3].reduce((sum, step) => {
    const index = first + step;
    return sum + weight(Math.abs(place - index)) * Math.min(last, Math.max(0, index));
  }, 0);
}

/** What dino_vit*_pretrain.pth and dinov2_vit*_pretrain.pth hold, as far as they make embeddings. */
function publishedNames(layerScale: boolean): string[] {
  const blocks = Array.from({ length: 12 }, (_, block) =>
    [
      ...['norm1', 'attn.qkv', 'attn.proj', 'norm2', 'mlp.fc1', 'mlp.fc2'].flatMap((layer) => [
        `${layer}.weight`,
        `${layer}.bias`,
      ]),
      ...(layerScale ? ['ls1.gamma', 'ls2.gamma'] : []),
    ].map((name) => `blocks.${block}.${name}`),
  );
  return [
    ...['cls_token', 'pos_embed', 'patch_embed.proj.weight', 'patch_embed.proj.bias'],
    ...blocks.flat(),
    ...['norm.weight', 'norm.bias'],
  ];
}

describeWithPython(['torch', 'torchvision'], 'the encoders of the paper, exported', (runPython) => {
  const folder = temporaryFolder();
  let offset = 0;
  const described = slices.map(({ width, height, pixelSpacing }, index) => {
    const begin = offset;
    offset += width * height;
    const range = index < ctCount ? [-1000, 1000] : mr.percentiles;
    return { width, height, pixelSpacing, offset: begin, range };
  });
  writeFileSync(join(folder, 'slices.json'), JSON.stringify(described));
  writeFileSync(
    join(folder, 'slices.f32'),
    Buffer.concat(slices.map(({ pixels }) => Buffer.from(pixels.buffer))),
  );
  const tools = fileURLToPath(new URL('../../../tools/export', import.meta.url));
  let answer: Answer;
  beforeAll(() => {
    answer = runPython(folder, program, [folder, tools, JSON.stringify(cases)]) as Answer;
  }, 240_000);

  it('take the published names of weights, and no checkpoint that lacks some', () => {
    const { vit, radimagenet, fractal, refused } = answer;
    expect([...vit.dino_vits16!].sort()).toEqual(publishedNames(false).sort());
    expect([...vit.dinov2_vitb14!].sort()).toEqual(publishedNames(true).sort());
    expect(answer.kept).toEqual(['norm.weight']);
    expect({ radimagenet, fractal, refused }).toEqual({ radimagenet: true, fractal: true, refused: true });
  });

  it("interpolate DINOv2's 37 x 37 positions to 16 x 16, with its offset of 0.1 in the scale", () => {
    const { positions, classPosition } = answer;
    expect(classPosition).toEqual([5, 5]);
    expect([positions.length, positions[0]!.length]).toEqual([16, 16]);
    const expected = (index: number) => interpolateIndex(((index + 0.5) * 37) / 16.1 - 0.5, 36);
    for (let row = 0; row < 16; row++) {
      for (let column = 0; column < 16; column++) {
        const [first, second] = positions[row]![column]!;
        expect(first).toBeCloseTo(expected(row), 4);
        expect(second).toBeCloseTo(expected(column), 4);
      }
    }
  });

  it('have the configuration of their presets', () => {
    const configurations = Object.fromEntries(encoderPresets.map(({ name, config }) => [name, config]));
    expect(answer.configurations).toEqual(configurations);
  });

  describe.each(cases)('$architecture as $preset', ({ architecture, preset, dimension }) => {
    async function embed(options: { configFile?: string } = {}): Promise<Float32Array> {
      const encoder = await createOnnxEncoder(join(folder, `${architecture}.onnx`), options);
      try {
        expect(encoder.identity.dimension).toBe(dimension);
        const first = await encoder.embed(slices.slice(0, ctCount), ct);
        const last = await encoder.embed(slices.slice(ctCount), mr);
        return Float32Array.from([...first, ...last]);
      } finally {
        await encoder.close();
      }
    }

    it('gives the embeddings that PyTorch gives, to 1e-5', async () => {
      const expected = answer.embeddings[architecture]!;
      expect(existsSync(join(folder, `${architecture}.onnx.part`))).toBe(false);
      expect(greatestDifference(await embed(), expected.flat())).toBeLessThan(1e-5);
      // Or the comparison would say nothing: slices differ by far more than is tolerated.
      for (const [index, embedding] of expected.entries()) {
        for (const other of expected.slice(0, index)) {
          expect(greatestDifference(embedding, other)).toBeGreaterThan(1e-3);
        }
      }
    });

    it('gives others with another interpolation', async () => {
      const config = JSON.parse(readFileSync(join(folder, `${architecture}.json`), 'utf8'));
      expect(config).toEqual(encoderPresets.find(({ name }) => name === preset)!.config);
      const configFile = join(folder, `${architecture}.other.json`);
      const interpolation = config.interpolation === 'bicubic' ? 'bilinear' : 'bicubic';
      writeFileSync(configFile, JSON.stringify({ ...config, interpolation }));
      const expected = answer.embeddings[architecture]!;
      expect(greatestDifference(await embed({ configFile }), expected.flat())).toBeGreaterThan(1e-4);
    });
  });
});
