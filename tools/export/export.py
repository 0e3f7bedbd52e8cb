#!/usr/bin/env python3
"""Writes an encoder of the paper as ONNX, with Voxseek's configuration beside it.

    python3 tools/export/export.py resnet50-radimagenet --weights ResNet50.pt --out FOLDER

Needs PyTorch and torchvision (1.13 and 0.14 or newer; Debian: python3-torch, python3-torchvision); dreamsim also
needs its own package from PyPI. docs/paper-encoders.md says where the weights are.
"""

import argparse
import json
import os
from unittest import mock

import torch
from torch import nn

from networks import ARCHITECTURES, IMAGE_SIZE, load_dreamsim, load_network

IMAGENET = {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}
TOKENS = {"output": "last_hidden_state", "pooling": "cls"}
VECTOR = {"output": "embedding", "pooling": "none"}


def configuration(interpolation: str, normalisation: dict, output: dict) -> dict:
    """The JSON of docs/encoders.md; src/encoder/presets/presets.ts says the same of each preset (tested)."""
    return {
        "inputSize": IMAGE_SIZE,
        "channels": 3,
        "interpolation": interpolation,
        **normalisation,
        "input": "pixel_values",
        **output,
    }


CONFIGURATIONS = {
    "dinov1-vitb16": configuration("bicubic", IMAGENET, TOKENS),
    "dinov2-vitb14": configuration("bicubic", IMAGENET, TOKENS),
    "dreamsim": configuration("bicubic", {"mean": [0], "std": [1]}, VECTOR),
    "swin-radimagenet": configuration("bilinear", {"mean": [0.5], "std": [0.5]}, VECTOR),
    "resnet50-radimagenet": configuration("bilinear", {"mean": [0.5], "std": [0.5]}, VECTOR),
    "resnet50-fractal": configuration("bilinear", {"mean": [0.2], "std": [0.5]}, VECTOR),
}

#: What a preset is where --architecture says nothing else.
PRESET_ARCHITECTURES = {
    "dinov1-vitb16": "dino_vitb16",
    "dinov2-vitb14": "dinov2_vitb14",
    "swin-radimagenet": "swin_t",
    "resnet50-radimagenet": "resnet50_radimagenet",
    "resnet50-fractal": "resnet50",
}


def export(network: nn.Module, preset: str, folder: str, name: str) -> None:
    """Writes folder/name.onnx (batch free, size fixed) and folder/name.json."""
    config = CONFIGURATIONS[preset]
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, f"{name}.onnx")
    unfinished = f"{path}.part"
    # torchvision's Swin calls dropout without saying that it does not train, and it would be in the graph.
    with mock.patch("torch.nn.functional.dropout", lambda values, *_, **__: values):
        torch.onnx.export(
            network,
            # Two images: with one, an exporter may take the batch for a constant.
            torch.zeros(2, 3, IMAGE_SIZE, IMAGE_SIZE),
            unfinished,
            opset_version=17,
            input_names=[config["input"]],
            output_names=[config["output"]],
            dynamic_axes={config["input"]: {0: "batch"}, config["output"]: {0: "batch"}},
        )
    with open(os.path.join(folder, f"{name}.json"), "w", encoding="utf-8") as file:
        json.dump(config, file, indent=2)
        file.write("\n")
    os.replace(unfinished, path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("preset", choices=sorted(CONFIGURATIONS))
    parser.add_argument("--weights", required=True, help="checkpoint file; for dreamsim the folder of its weights")
    parser.add_argument("--out", required=True, help="folder to write PRESET.onnx and PRESET.json to")
    parser.add_argument("--architecture", choices=sorted(ARCHITECTURES), help="another one than the preset's own")
    arguments = parser.parse_args()
    if arguments.preset == "dreamsim":
        network = load_dreamsim(arguments.weights)
    else:
        architecture = arguments.architecture or PRESET_ARCHITECTURES[arguments.preset]
        network = load_network(architecture, arguments.weights)
    export(network, arguments.preset, arguments.out, arguments.preset)
    print(os.path.join(arguments.out, f"{arguments.preset}.onnx"))


if __name__ == "__main__":
    main()
