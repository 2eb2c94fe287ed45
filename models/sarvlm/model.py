"""The network: a convolutional encoder with a dense object head, a visual memory, and a text decoder.

Shapes: B images, S text sequences (S = B * Q, the Q sequences of one image adjacent), T new tokens, P past
tokens, L decoder layers, H heads, Dh head width, N memory tokens, K object tokens.
"""
from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .spec import CLASSES, INPUT_SIZE, LAND_COVER, POSITIONS

HEAT_STRIDE = 4                            # of the input, pixels
HEAT_SIDE = INPUT_SIZE // HEAT_STRIDE      # 128
COVER_SIDE = INPUT_SIZE // 32              # 16: cells of the land-cover head
GRID_SIDE = COVER_SIDE // 2                # 8: visual tokens a side
SIZE_UNIT = 16.0                           # pixels; the size head predicts log(side / SIZE_UNIT)
BOX_FREQUENCIES = 6                        # octaves of the box embedding
FAINT = 0.02                               # objects below this score leave no trace in the memory, so that their order does not matter
SAME_OBJECT = 0.45                         # overlap of two boxes from which they are one object
SCENE_WIDTH = 16                           # of the summary of the whole tile that the count head sees
DOUBT = (0.3, 0.5, 0.7, 0.85, 1.0, 1.2, 1.5, 2.0)       # multiples of a class's threshold at which the count head counts


@dataclass(frozen=True)
class Config:
    """Widths and depths; `channels` are those at strides 4, 8, 16 and 32 of the input."""
    vocabulary: int = 1536
    channels: tuple = (24, 40, 80, 160)
    blocks: tuple = (1, 2, 4, 3)
    head_channels: int = 24
    objects: int = 48
    width: int = 128
    heads: int = 4
    layers: int = 3
    memory_layers: int = 1
    max_positions: int = 192

    @property
    def head_width(self) -> int:
        return self.width // self.heads

    def to_dict(self) -> dict:
        return asdict(self)


def conv_bn(inputs: int, outputs: int, kernel: int, stride: int = 1, relu: bool = True) -> nn.Sequential:
    """A convolution whose batch normalisation folds away at export."""
    layers = [nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(outputs)]
    return nn.Sequential(*layers, *([nn.ReLU()] if relu else []))


class Block(nn.Module):
    """Residual 3 x 3 convolution. Not depthwise: on a CPU the backward pass of those took a third of a training step."""

    def __init__(self, channels: int):
        super().__init__()
        self.body = conv_bn(channels, channels, 3, relu=False)

    def forward(self, x: Tensor) -> Tensor:
        return F.relu(x + self.body(x))


class Perception(nn.Module):
    """Image -> grid features, land-cover logits and the dense object head."""

    def __init__(self, config: Config):
        super().__init__()
        c4, c8, c16, c32 = config.channels
        n4, n8, n16, n32 = config.blocks
        head = config.head_channels
        self.stage4 = nn.Sequential(conv_bn(2, c4, 3, 2), *[Block(c4) for _ in range(n4)])
        self.stage8 = nn.Sequential(conv_bn(c4, c8, 3, 2), *[Block(c8) for _ in range(n8)])
        self.stage16 = nn.Sequential(conv_bn(c8, c16, 3, 2), *[Block(c16) for _ in range(n16)])
        self.stage32 = nn.Sequential(conv_bn(c16, c32, 3, 2), *[Block(c32) for _ in range(n32)])
        self.top32 = conv_bn(c32, c16, 1)
        self.side16, self.top16 = conv_bn(c16, c16, 1), conv_bn(c16, c8, 1)
        self.side8, self.top8 = conv_bn(c8, c8, 1), conv_bn(c8, head, 1)
        self.side4 = conv_bn(c4, head, 1)
        self.mix8, self.mix4 = conv_bn(c8, c8, 3), conv_bn(head, head, 3)
        self.dense = nn.Conv2d(head, len(CLASSES) + 4, 1)
        self.cover = nn.Conv2d(c32, len(LAND_COVER), 1)
        nn.init.constant_(self.dense.bias[:len(CLASSES)].data, -4.6)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """image [B,1,512,512] 0..1 -> features [B,C32,16,16], cover logits [B,6,16,16],
        dense [B,classes+4,128,128] (heat logits, log width, log height, x and y offset) and its features."""
        x = torch.cat([F.avg_pool2d(image, 2), F.max_pool2d(image, 2)], 1)
        f4 = self.stage4(x)
        f8 = self.stage8(f4)
        f16 = self.stage16(f8)
        f32 = self.stage32(f16)
        t16 = self.side16(f16) + F.interpolate(self.top32(f32), scale_factor=2.0)
        t8 = self.mix8(self.side8(f8) + F.interpolate(self.top16(t16), scale_factor=2.0))
        t4 = self.mix4(self.side4(f4) + F.interpolate(self.top8(t8), scale_factor=2.0))
        return f32, self.cover(f32), self.dense(t4), t4


def gather_cells(grid: Tensor, index: Tensor) -> Tensor:
    """grid [B,C,side,side], index [B,K] into side*side -> [B,K,C]."""
    flat = grid.flatten(2)
    return flat.gather(2, index.unsqueeze(1).expand(-1, flat.shape[1], -1)).transpose(1, 2)


def peaks(dense: Tensor, count: int) -> tuple[Tensor, Tensor, Tensor]:
    """The `count` best local maxima of the heat maps; one that lies on a better one has the score 0.

    -> objects [B,K,6] (class, score, x, y, w, h in 0..1 of the square), their cell index [B,K] in the 128 x 128 grid and
    their class probabilities [B,K,classes]."""
    heat = torch.sigmoid(dense[:, :len(CLASSES)])
    best = heat.amax(1, keepdim=True)
    summit = best * (best >= F.max_pool2d(best, 3, 1, 1)).to(best.dtype)
    score, index = summit.flatten(1).topk(count, dim=1)
    classes = gather_cells(heat, index)
    side = gather_cells(dense[:, len(CLASSES):], index)
    size = torch.exp(side[..., :2].clamp(-4, 4)) * (SIZE_UNIT / INPUT_SIZE)
    column = (index % HEAT_SIDE).to(score.dtype)
    row = torch.div(index, HEAT_SIDE, rounding_mode="floor").to(score.dtype)
    centre = (torch.stack([column, row], -1) + side[..., 2:]) / HEAT_SIDE
    label = classes.argmax(-1, keepdim=True).to(score.dtype)
    score = score.unsqueeze(-1) * (1 - repeated(centre, size))
    return torch.cat([label, score, centre - size / 2, size], -1), index, classes


def repeated(centre: Tensor, size: Tensor) -> Tensor:
    """Boxes, best first, [B,K,2] each -> [B,K,1]: 1 where an earlier box covers it with more than SAME_OBJECT of their union.

    This is non-maximum suppression without its loop ("Fast NMS", Bolya et al., YOLACT, ICCV 2019): a box that is itself
    suppressed still suppresses."""
    low, high = centre - size / 2, centre + size / 2
    inner = (torch.minimum(high.unsqueeze(2), high.unsqueeze(1)) - torch.maximum(low.unsqueeze(2), low.unsqueeze(1))).clamp(min=0)
    common, area = inner[..., 0] * inner[..., 1], size[..., 0] * size[..., 1]
    overlap = common / (area.unsqueeze(2) + area.unsqueeze(1) - common + 1e-9)
    earlier = torch.ones(size.shape[1], size.shape[1], device=size.device).triu(1)             # [of j, on k], j < k
    return ((overlap * earlier).amax(1) > SAME_OBJECT).to(size.dtype).unsqueeze(-1)


def named_places(offset: Tensor) -> list:
    """Offsets [B,K,2] of centres from the middle, in shares of the content -> for each of POSITIONS 1 where it is the word
    for that place, by the rule of `text.position`."""
    dx, dy = offset[..., 0], offset[..., 1]
    middle = (offset.abs().amax(-1) <= 1 / 6)
    upright, beside = dx.abs() < dy.abs(), dx.abs() >= dy.abs()
    outside = ~middle
    places = {"left": outside & beside & (dx < 0), "right": outside & beside & (dx >= 0),
              "top": outside & upright & (dy < 0), "bottom": outside & upright & (dy >= 0), "center": middle}
    return [places[name].to(offset.dtype) for name in POSITIONS]


def content_extent(image: Tensor) -> Tensor:
    """image [B,1,H,W] -> [B,2]: the share of the columns and rows up to the last that is not all padding (0)."""
    _, _, height, width = image.shape
    columns, rows = (image.amax(2).squeeze(1) > 0).to(image.dtype), (image.amax(3).squeeze(1) > 0).to(image.dtype)
    x = (columns * torch.arange(1, width + 1, device=image.device)).amax(1) / width
    y = (rows * torch.arange(1, height + 1, device=image.device)).amax(1) / height
    return torch.stack([x, y], -1).clamp(min=1 / 32)


def kinds_of(objects: Tensor) -> Tensor:
    """objects [B,K,6] -> [B,K,classes]: 1 for the class of each."""
    return torch.cat([(objects[..., 0:1] == c).to(objects.dtype) for c in range(len(CLASSES))], -1)


class Memory(nn.Module):
    """Perception's outputs -> the memory tokens and the decoder's cross-attention keys and values.

    Tokens: the 8 x 8 grid, one global token, one tally for each class and one for all (how many, and where), K objects.

    How many objects of a class there are is decided once, by a small head that sees the scores about the class's threshold and a
    summary of the whole tile, since what looks like a ship on an airfield is none; so many of its best objects are counted. Tallies, object tokens and the objects that the runtime reports all follow from that,
    so that answers and captions agree."""

    def __init__(self, config: Config):
        super().__init__()
        self.config = config
        width, c32 = config.width, config.channels[3]
        covers, kinds = len(LAND_COVER), len(CLASSES)
        self.grid = nn.Linear(c32 + covers, width)
        self.grid_position = nn.Parameter(torch.randn(1, GRID_SIDE ** 2, width) * 0.3)
        self.whole = nn.Linear(2 * c32 + 3 * covers, width)
        self.scene = nn.Linear(2 * c32 + 3 * covers, SCENE_WIDTH)
        self.counts = config.objects + 1
        seen = self.counts + len(DOUBT) + 1 + kinds + SCENE_WIDTH
        self.number = nn.Sequential(nn.Linear(seen, 64), nn.ReLU(), nn.Linear(64, self.counts))
        self.tally = nn.Linear(self.counts + 9 + len(POSITIONS) + 1, width)
        self.tally_class = nn.Parameter(torch.randn(1, kinds + 1, width))
        self.register_buffer("threshold", torch.full((kinds,), 0.3))
        self.register_buffer("absence", torch.zeros(()))
        boxes = 4 + 8 * BOX_FREQUENCIES
        self.object = nn.Sequential(nn.Linear(config.head_channels + c32 + kinds + 4 + len(POSITIONS) + boxes, width), nn.ReLU(),
                                    nn.Linear(width, width))
        self.layers = nn.ModuleList([MemoryLayer(config) for _ in range(config.memory_layers)])
        self.norm = nn.LayerNorm(width)
        self.keys = nn.Linear(width, config.layers * width)
        self.values = nn.Linear(width, config.layers * width)
        self.register_buffer("bins", torch.arange(self.counts).float(), persistent=False)
        self.register_buffer("octaves", 3.14159265 * 2.0 ** torch.arange(BOX_FREQUENCIES), persistent=False)
        self.register_buffer("earlier", torch.ones(config.objects, config.objects).tril(), persistent=False)
        self.register_buffer("eye", torch.eye(kinds), persistent=False)

    def summary(self, grid: Tensor, cover: Tensor) -> Tensor:
        """grid [B,C32,16,16], cover probabilities [B,6,16,16] -> means, maxima and shares over the tile [B,2*C32+18]."""
        winner = (cover >= cover.amax(1, keepdim=True)).to(cover.dtype)
        return torch.cat([grid.mean((2, 3)), cover.mean((2, 3)), grid.amax((2, 3)), winner.mean((2, 3)), cover.amax((2, 3))], -1)

    def count_logits(self, objects: Tensor, summary: Tensor) -> Tensor:
        """objects [B,K,6], summary [B,*] -> [B,classes,counts], for 0, 1, 2 ... of each class; it starts from the number at or
        above the threshold. `absence`, 0 in training, is added for 0 (`sarvlm.calibrate`)."""
        score = objects[..., 1:2] * kinds_of(objects)
        above = torch.stack([(score >= self.threshold * f).to(score.dtype).sum(1) for f in DOUBT], -1)     # [B,C,doubts]
        spread = F.relu(1 - (above[..., DOUBT.index(1.0)].unsqueeze(-1) - self.bins).abs())
        kinds = self.eye.expand(score.shape[0], -1, -1)
        scene = torch.tanh(self.scene(summary)).unsqueeze(1).expand(-1, len(CLASSES), -1)
        seen = torch.cat([spread, above / 8, score.amax(1).unsqueeze(-1), kinds, scene], -1)
        return self.number(seen) + 4 * spread + self.absence * (self.bins == 0).to(score.dtype)

    def counted(self, objects: Tensor, summary: Tensor) -> tuple[Tensor, Tensor]:
        """objects [B,K,6], best first, summary [B,*] -> which are counted [B,K,1], and how sure the number of each class is
        [B,classes,1]."""
        logits, kinds = self.count_logits(objects, summary).detach(), kinds_of(objects)
        best = logits.amax(-1, keepdim=True)
        number = ((logits >= best).to(logits.dtype) * self.bins).amax(-1)                                  # [B,C]
        there = kinds * (objects[..., 1:2] > 0).to(kinds.dtype)
        rank = torch.matmul(self.earlier, there)                                                           # [B,K,C], from 1 on
        within = there * (rank <= number.unsqueeze(1)).to(kinds.dtype)
        return within.sum(-1, keepdim=True), torch.softmax(logits, -1).amax(-1, keepdim=True)

    def tallies(self, objects: Tensor, counted: Tensor, sure: Tensor, extent: Tensor) -> Tensor:
        """objects [B,K,6], counted [B,K,1], sure [B,classes,1], extent [B,2] -> [B,classes+1,counts+15]: the number (one bin is
        1), the shares of the 3 x 3 thirds and of the named places, and how sure the number is; the last row is of all classes."""
        each = (kinds_of(objects) * counted).transpose(1, 2)                                               # [B,C,K]
        each = torch.cat([each, each.sum(1, keepdim=True)], 1)
        count = each.sum(-1, keepdim=True)
        spread = F.relu(1 - (count - self.bins.view(1, 1, -1)).abs())
        centre = ((objects[..., 2:4] + objects[..., 4:6] / 2) / extent.unsqueeze(1)).clamp(0, 0.9999)
        third = torch.floor(centre * 3)
        cell = third[..., 1] * 3 + third[..., 0]
        in_cell = torch.stack([(cell == i).to(objects.dtype) for i in range(9)] + named_places(centre - 0.5), -1)
        share = torch.matmul(each, in_cell) / (count + 0.1)                                                # [B,C+1,9+5]
        return torch.cat([spread, share, torch.cat([sure, 1 - (1 - sure).amax(1, keepdim=True)], 1)], -1)

    def box_features(self, box: Tensor) -> Tensor:
        """box [B,K,4] in 0..1 -> [B,K,4+8*octaves]."""
        angle = (box.unsqueeze(-1) * self.octaves).flatten(2)
        return torch.cat([box, torch.sin(angle), torch.cos(angle)], -1)

    def object_tokens(self, objects: Tensor, counted: Tensor, details: Tensor, extent: Tensor) -> Tensor:
        """-> [B,K,width]: what each object looks like, where it lies in the square and in the content, whether it is counted."""
        score, box = objects[..., 1:2], objects[..., 2:]
        offset = (box[..., :2] + box[..., 2:] / 2) / extent.unsqueeze(1) - 0.5
        place = torch.cat([offset, torch.stack(named_places(offset), -1)], -1)
        tokens = self.object(torch.cat([details, score, counted, place, self.box_features(box)], -1))
        return tokens * (score >= FAINT).to(score.dtype)

    def forward(self, grid: Tensor, cover: Tensor, objects: Tensor, details: Tensor, extent: Tensor) -> tuple[Tensor, Tensor]:
        """grid [B,C32,16,16], cover probabilities [B,6,16,16], objects [B,K,6], details [B,K,*], extent [B,2]
        -> cross_keys and cross_values [B,L,H,N,Dh]."""
        summary = self.summary(grid, cover)
        counted, sure = self.counted(objects, summary)
        pooled = F.avg_pool2d(torch.cat([grid, cover], 1), 2).flatten(2).transpose(1, 2)
        tokens = torch.cat([
            self.grid(pooled) + self.grid_position,
            self.whole(summary).unsqueeze(1),
            self.tally(self.tallies(objects, counted, sure, extent)) + self.tally_class,
            self.object_tokens(objects, counted, details, extent)], 1)
        for layer in self.layers:
            tokens = layer(tokens)
        tokens = self.norm(tokens)
        return self.split(self.keys(tokens)), self.split(self.values(tokens))

    def split(self, x: Tensor) -> Tensor:
        """[B,N,L*H*Dh] -> [B,L,H,N,Dh]."""
        c = self.config
        return x.view(x.shape[0], x.shape[1], c.layers, c.heads, c.head_width).permute(0, 2, 3, 1, 4)


def split_heads(x: Tensor, heads: int) -> Tensor:
    """[S,T,H*Dh] -> [S,H,T,Dh]."""
    return x.reshape(x.shape[0], x.shape[1], heads, -1).transpose(1, 2)


def join_heads(x: Tensor) -> Tensor:
    """[S,H,T,Dh] -> [S,T,H*Dh]."""
    return x.transpose(1, 2).reshape(x.shape[0], x.shape[2], -1)


def remember(past: Tensor | None, new: Tensor, slot: Tensor | None) -> Tensor:
    """past [S,H,P,Dh], new [S,H,T,Dh] -> both joined; or, with slot [P,1] true at one place, the past with the new (T = 1) there."""
    if past is None:
        return new
    return torch.cat([past, new], 2) if slot is None else torch.where(slot, new, past)


def feed_forward(width: int) -> nn.Sequential:
    return nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(approximate="tanh"), nn.Linear(4 * width, width))


class MemoryLayer(nn.Module):
    """Self-attention among the memory tokens, so that objects know their surroundings."""

    def __init__(self, config: Config):
        super().__init__()
        self.heads, self.scale = config.heads, config.head_width ** -0.5
        self.norm1, self.norm2 = nn.LayerNorm(config.width), nn.LayerNorm(config.width)
        self.qkv, self.out = nn.Linear(config.width, 3 * config.width), nn.Linear(config.width, config.width)
        self.mlp = feed_forward(config.width)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = (split_heads(part, self.heads) for part in self.qkv(self.norm1(x)).chunk(3, -1))
        weights = torch.softmax(torch.matmul(q * self.scale, k.transpose(-1, -2)), -1)
        x = x + self.out(join_heads(torch.matmul(weights, v)))
        return x + self.mlp(self.norm2(x))


class DecoderLayer(nn.Module):
    """Causal self-attention with a cache, cross-attention to the shared memory, feed-forward; normalised first."""

    def __init__(self, config: Config, dropout: float):
        super().__init__()
        self.heads, self.scale = config.heads, config.head_width ** -0.5
        self.norm1, self.norm2, self.norm3 = (nn.LayerNorm(config.width) for _ in range(3))
        self.qkv, self.out = nn.Linear(config.width, 3 * config.width), nn.Linear(config.width, config.width)
        self.query, self.cross_out = nn.Linear(config.width, config.width), nn.Linear(config.width, config.width)
        self.mlp = feed_forward(config.width)
        self.drop = nn.Dropout(dropout)

    def cross(self, x: Tensor, keys: Tensor, values: Tensor) -> Tensor:
        """x [S,T,width], keys and values [B,H,N,Dh]: the Q sequences of one image are folded into its query rows."""
        images, text = keys.shape[0], x.shape[1]
        q = self.query(x).reshape(images, -1, text, self.heads, keys.shape[3]).permute(0, 3, 1, 2, 4)
        folded = q.reshape(images, self.heads, -1, keys.shape[3]) * self.scale
        weights = torch.softmax(torch.matmul(folded, keys.transpose(-1, -2)), -1)
        mixed = torch.matmul(weights, values).reshape(images, self.heads, -1, text, keys.shape[3])
        return self.cross_out(mixed.permute(0, 2, 3, 1, 4).reshape(-1, text, x.shape[2]))

    def forward(self, x, bias, keys, values, past_key, past_value, slot=None):
        """x [S,T,width], bias [S,1,T,P+T], past [S,H,P,Dh] -> x and the present key and value [S,H,P+T,Dh]; with a slot
        (`remember`) the length stays P."""
        q, k, v = (split_heads(part, self.heads) for part in self.qkv(self.norm1(x)).chunk(3, -1))
        k, v = remember(past_key, k, slot), remember(past_value, v, slot)
        weights = torch.softmax(torch.matmul(q * self.scale, k.transpose(-1, -2)) + bias, -1)
        x = x + self.drop(self.out(join_heads(torch.matmul(weights, v))))
        x = x + self.drop(self.cross(self.norm2(x), keys, values))
        return x + self.drop(self.mlp(self.norm3(x))), k, v


class TextDecoder(nn.Module):
    """Tokens and visual memory -> next-token logits. The output matrix is the embedding's transpose."""

    def __init__(self, config: Config, dropout: float = 0.1):
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocabulary, config.width)
        self.position = nn.Embedding(config.max_positions, config.width)
        nn.init.normal_(self.embedding.weight, std=0.05)
        nn.init.normal_(self.position.weight, std=0.02)
        self.layers = nn.ModuleList([DecoderLayer(config, dropout) for _ in range(config.layers)])
        self.norm = nn.LayerNorm(config.width)
        self.bias = nn.Parameter(torch.zeros(config.vocabulary))
        self.drop = nn.Dropout(dropout)

    def states(self, tokens, mask, cross_keys, cross_values, past_keys, past_values):
        """-> normalised states [S,T,width] and the present keys and values [L,S,H,P+T,Dh]."""
        total, text = mask.shape[1], tokens.shape[1]
        position = (mask.cumsum(1) - 1).clamp(min=0)[:, total - text:]
        column = torch.arange(total, device=tokens.device).unsqueeze(0)
        row = column[:, total - text:].transpose(0, 1)
        visible = (column <= row).unsqueeze(0) & (mask > 0).unsqueeze(1)                # [S,T,P+T]
        bias = (1.0 - visible.to(cross_keys.dtype)).unsqueeze(1) * -1e9
        states, keys, values = self.read(tokens, position, bias, cross_keys, cross_values, past_keys, past_values)
        return states, torch.stack(keys), torch.stack(values)

    def read(self, tokens, position, bias, cross_keys, cross_values, past_keys, past_values, slot=None):
        """tokens and position [S,T], bias [S,1,T,P+T], for each layer the past or None -> normalised states [S,T,width] and
        for each layer the present key and value (`DecoderLayer`)."""
        x = self.drop(self.embedding(tokens) + self.position(position))
        keys, values = [], []
        for i, layer in enumerate(self.layers):
            x, k, v = layer(x, bias, cross_keys[:, i], cross_values[:, i], past_keys[i], past_values[i], slot)
            keys.append(k)
            values.append(v)
        return self.norm(x), keys, values

    def logits(self, states: Tensor) -> Tensor:
        return F.linear(states, self.embedding.weight, self.bias)

    def empty_past(self, sequences: int) -> Tensor:
        c = self.config
        return self.embedding.weight.new_zeros(c.layers, sequences, c.heads, 0, c.head_width)


class SarVlm(nn.Module):
    """The whole model."""

    def __init__(self, config: Config, dropout: float = 0.1):
        super().__init__()
        self.config = config
        self.perception = Perception(config)
        self.memory = Memory(config)
        self.decoder = TextDecoder(config, dropout)
        self.register_buffer("temperature", torch.ones(()))

    def perceive(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor]:
        """image [B,1,512,512] -> grid [B,C32,16,16], cover probabilities, objects [B,K,6], details [B,K,*], extent [B,2]."""
        grid, cover, dense, fine = self.perception(image)
        objects, index, classes = peaks(dense, self.config.objects)
        ratio = HEAT_SIDE // COVER_SIDE
        coarse = (torch.div(index, HEAT_SIDE * ratio, rounding_mode="floor") * COVER_SIDE
                  + torch.div(index % HEAT_SIDE, ratio, rounding_mode="floor"))
        details = torch.cat([gather_cells(fine, index), gather_cells(grid, coarse), classes], -1)
        return grid, torch.softmax(cover, 1), objects, details, content_extent(image)
