"""The plain vision transformer of DINO and DINOv2, as far as an embedding needs it.

Parameters are named as in the published checkpoints (dino_vitbase16_pretrain.pth, dinov2_vitb14_pretrain.pth), so
that these load with strict names. Dosovitskiy et al., ICLR 2021; Caron et al., ICCV 2021; Oquab et al., 2023.
"""

import torch
from torch import nn
from torch.nn import functional


class PatchEmbedding(nn.Module):
    def __init__(self, patch_size: int, dimension: int):
        super().__init__()
        self.proj = nn.Conv2d(3, dimension, kernel_size=patch_size, stride=patch_size)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        return self.proj(images).flatten(2).transpose(1, 2)


class Attention(nn.Module):
    def __init__(self, dimension: int, heads: int):
        super().__init__()
        self.heads = heads
        self.scale = (dimension // heads) ** -0.5
        self.qkv = nn.Linear(dimension, 3 * dimension)
        self.proj = nn.Linear(dimension, dimension)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        batch, count, dimension = tokens.shape
        qkv = self.qkv(tokens).reshape(batch, count, 3, self.heads, dimension // self.heads)
        query, key, value = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        weights = (query * self.scale @ key.transpose(-2, -1)).softmax(dim=-1)
        return self.proj((weights @ value).transpose(1, 2).reshape(batch, count, dimension))


class FeedForward(nn.Module):
    def __init__(self, dimension: int):
        super().__init__()
        self.fc1 = nn.Linear(dimension, 4 * dimension)
        self.fc2 = nn.Linear(4 * dimension, dimension)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        return self.fc2(functional.gelu(self.fc1(tokens)))


class LayerScale(nn.Module):
    def __init__(self, dimension: int):
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(dimension))

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        return tokens * self.gamma


class Block(nn.Module):
    def __init__(self, dimension: int, heads: int, layer_scale: bool):
        super().__init__()
        self.norm1 = nn.LayerNorm(dimension, eps=1e-6)
        self.attn = Attention(dimension, heads)
        self.ls1 = LayerScale(dimension) if layer_scale else nn.Identity()
        self.norm2 = nn.LayerNorm(dimension, eps=1e-6)
        self.mlp = FeedForward(dimension)
        self.ls2 = LayerScale(dimension) if layer_scale else nn.Identity()

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        tokens = tokens + self.ls1(self.attn(self.norm1(tokens)))
        return tokens + self.ls2(self.mlp(self.norm2(tokens)))


class VisionTransformer(nn.Module):
    """Images [n, 3, size, size] -> normalised tokens [n, 1 + patches, dimension]; the first is the class token.

    trained_grid is the number of patches along one side of the images that the checkpoint was trained on: its
    position embeddings are [1, 1 + trained_grid ** 2, dimension].
    """

    def __init__(self, patch_size: int, dimension: int, heads: int, trained_grid: int, layer_scale: bool):
        super().__init__()
        self.patch_embed = PatchEmbedding(patch_size, dimension)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, dimension))
        self.pos_embed = nn.Parameter(torch.zeros(1, 1 + trained_grid**2, dimension))
        self.blocks = nn.ModuleList(Block(dimension, heads, layer_scale) for _ in range(12))
        self.norm = nn.LayerNorm(dimension, eps=1e-6)

    def forward(self, images: torch.Tensor) -> torch.Tensor:
        patches = self.patch_embed(images)
        class_token = self.cls_token.expand(patches.shape[0], -1, -1)
        tokens = torch.cat((class_token, patches), dim=1) + self.pos_embed
        for block in self.blocks:
            tokens = block(tokens)
        return self.norm(tokens)

    @torch.no_grad()
    def fix_grid(self, grid: int) -> None:
        """Interpolates the position embeddings to grid x grid patches, once and for all.

        An ONNX graph that interpolates by itself is silently wrong where the exporter's resize differs from
        PyTorch's; as a constant it cannot be. The offset of 0.1 in the scale is DINOv2's own (its
        interpolate_offset), without antialiasing.
        """
        trained_grid = round((self.pos_embed.shape[1] - 1) ** 0.5)
        if trained_grid == grid:
            return
        class_position, patch_positions = self.pos_embed[:, :1], self.pos_embed[:, 1:]
        image = patch_positions.reshape(1, trained_grid, trained_grid, -1).permute(0, 3, 1, 2)
        scale = (grid + 0.1) / trained_grid
        image = functional.interpolate(image, scale_factor=(scale, scale), mode="bicubic")
        resized = image.permute(0, 2, 3, 1).reshape(1, grid**2, -1)
        self.pos_embed = nn.Parameter(torch.cat((class_position, resized), dim=1))
