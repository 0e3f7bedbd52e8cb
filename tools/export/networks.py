"""The networks of the paper's encoders: how each is built and how its published weights are named."""

from dataclasses import dataclass
from typing import Callable, Dict

import torch
import torchvision
from torch import nn

from vit import VisionTransformer

Weights = Dict[str, torch.Tensor]

#: Every network here takes images [n, 3, 224, 224].
IMAGE_SIZE = 224


@dataclass(frozen=True)
class Architecture:
    build: Callable[[], nn.Module]
    #: From the published checkpoint to the names of the network that `build` makes.
    rename: Callable[[Weights], Weights]
    #: Called once the weights are in.
    finish: Callable[[nn.Module], None] = lambda network: None


def plain(weights: Weights) -> Weights:
    return weights


def without_mask_token(weights: Weights) -> Weights:
    """DINOv2's token for hidden patches serves its training alone."""
    return {name: value for name, value in weights.items() if name != "mask_token"}


def without_head(weights: Weights) -> Weights:
    return {name: value for name, value in weights.items() if name.split(".")[0] not in ("fc", "head")}


def of_radimagenet(weights: Weights) -> Weights:
    """RadImageNet's ResNet50 is nn.Sequential(*children): backbone.0 is conv1, backbone.4 is layer1, and so on."""
    children = {"0": "conv1", "1": "bn1", "4": "layer1", "5": "layer2", "6": "layer3", "7": "layer4"}

    def rename(name: str) -> str:
        parts = name.split(".")
        if parts[0] != "backbone":
            return name
        return ".".join([children.get(parts[1], parts[1]), *parts[2:]])

    return without_head({rename(name): value for name, value in weights.items()})


def resnet50() -> nn.Module:
    """Ends with the average over the places: [n, 2048]."""
    network = torchvision.models.resnet50(weights=None)
    network.fc = nn.Identity()
    return network


def swin(variant: str) -> nn.Module:
    """Ends with the average over the places after the last normalisation: [n, 768] (T, S) or [n, 1024] (B)."""
    network = getattr(torchvision.models, variant)(weights=None)
    network.head = nn.Identity()
    return network


def vit(patch_size: int, dimension: int, heads: int, trained_size: int, layer_scale: bool) -> Architecture:
    return Architecture(
        build=lambda: VisionTransformer(patch_size, dimension, heads, trained_size // patch_size, layer_scale),
        rename=without_mask_token,
        finish=lambda network: network.fix_grid(IMAGE_SIZE // patch_size),
    )


ARCHITECTURES: Dict[str, Architecture] = {
    "dino_vits16": vit(16, 384, 6, 224, layer_scale=False),
    "dino_vitb16": vit(16, 768, 12, 224, layer_scale=False),
    "dinov2_vitb14": vit(14, 768, 12, 518, layer_scale=True),
    "resnet50_radimagenet": Architecture(resnet50, of_radimagenet),
    "resnet50": Architecture(resnet50, without_head),
    **{
        variant: Architecture(lambda variant=variant: swin(variant), without_head)
        for variant in ("swin_t", "swin_s", "swin_b")
    },
}


def load_network(architecture: str, weights_file: str) -> nn.Module:
    """The network with published weights; every name must match, or load_state_dict says which do not."""
    weights = torch.load(weights_file, map_location="cpu", weights_only=True)
    if "state_dict" in weights:
        weights = weights["state_dict"]
    definition = ARCHITECTURES[architecture]
    network = definition.build()
    network.load_state_dict(definition.rename(weights))
    definition.finish(network)
    return network.eval()


@torch.no_grad()
def random_network(architecture: str, seed: int) -> nn.Module:
    """The network with random weights, for checks. PyTorch's own initial values would hide mistakes: zero biases,
    normalisations that change nothing, images that all get nearly the same embedding."""
    generator = torch.Generator().manual_seed(seed)
    definition = ARCHITECTURES[architecture]
    network = definition.build()
    for name, value in network.state_dict().items():
        if not value.is_floating_point():
            continue
        if name.endswith("running_var") or (value.dim() == 1 and name.endswith(("weight", "gamma"))):
            value.uniform_(0.5, 1.5, generator=generator)
        elif value.dim() in (2, 4) and not name.endswith("table"):
            fan_in = value[0].numel()
            value.normal_(0, (2 / fan_in) ** 0.5, generator=generator)
        else:
            value.normal_(0, 0.2, generator=generator)
    definition.finish(network)
    return network.eval()


class DreamSim(nn.Module):
    """DreamSim's ensemble: images in [0, 1] -> [n, 1792]. Each of its three branches normalises for itself.

    PerceptualModel.embed squeezes and so loses a batch of one; this is the same computation with the batch kept,
    scaled to length 1 and then freed of its mean as DreamSim does by default.
    """

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        count = images.shape[0]
        branches = [
            extract(images, extractor_index=index).reshape(count, -1)
            for index, extract in enumerate(self.model.extract_feats_list)
        ]
        embedding = self.model.mlp(torch.cat(branches, dim=-1))
        embedding = embedding / embedding.norm(dim=1, keepdim=True)
        return embedding - embedding.mean(dim=1, keepdim=True)


def load_dreamsim(weights_folder: str) -> nn.Module:
    """Needs the package dreamsim (PyPI), which fetches its weights into the folder where they are not there."""
    from dreamsim import dreamsim

    model, _ = dreamsim(pretrained=True, device="cpu", cache_dir=weights_folder)
    return DreamSim(model).eval()
