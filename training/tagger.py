"""The network while it learns: the same arithmetic as `anonymize.scrub.names.model`, rounded as there, in torch.

Belongs here: batches with their tags, layers, steps, the weights as whole numbers. Does not belong here: texts.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from anonymize.scrub.names.features import N_CONTEXTS, N_PIECES, N_SHAPES, N_WORDS, Layout, Types, lay_out, types_of
from anonymize.scrub.names.model import FAR, LIMIT, N_TAGS, NEAR
from anonymize.scrub.names.tokens import Tokens, tokenise
from training.examples import Example

OF_PIECES, OF_WORD, HIDDEN = 32, 16, 64
WIDTH = OF_PIECES + OF_WORD
_REACH, _HIGHEST = 4.0, 6.0
"""Largest size of a part of a token's vector, and of a hidden value."""
_STEP_IN, _STEP = _REACH / LIMIT, _HIGHEST / LIMIT
_WEIGHTS = (1.0, 1.3, 1.3, 1.3)
"""What a mistake on a word of each tag costs."""


@dataclass(frozen=True)
class Batch:
    """Texts laid out, with the tag of each token."""

    tokens: Tokens
    types: Types
    layout: Layout
    tags: NDArray[np.int64]
    cost: NDArray[np.float32]
    """What a mistake on each token costs."""


def batch_of(examples: Sequence[Example]) -> Batch:
    """A batch of examples."""
    tokens = tokenise([each.text for each in examples])
    types, type_of = types_of(tokens)
    offsets = np.cumsum([0, *(len(each.text) + 1 for each in examples)])
    spans = [
        (offsets[at] + start, offsets[at] + end, tag)
        for at, each in enumerate(examples)
        for start, end, tag in each.spans
    ]
    tags = np.zeros(len(tokens.text), dtype=np.int64)
    if spans:
        starts, ends, kinds = np.array(spans, dtype=np.int64).T
        firsts, lasts = np.searchsorted(tokens.at, starts), np.searchsorted(tokens.at, ends)
        for first, last, kind in zip(firsts.tolist(), lasts.tolist(), kinds.tolist(), strict=True):
            tags[first:last] = kind
    cost = np.array([each.cost for each in examples], dtype=np.float32)[tokens.text]
    return Batch(tokens, types, lay_out(tokens, types, type_of), tags, cost)


def _rounded(value: Tensor, step: float) -> Tensor:
    """The value in whole steps; the gradient passes as if it were not rounded."""
    return value + (torch.round(value / step) * step - value).detach()


def _coarse(weight: Tensor, dims: tuple[int, ...]) -> Tensor:
    """A weight in 127 steps of its largest along some dimensions."""
    step = weight.detach().abs().amax(dim=dims, keepdim=True).clamp_min(1e-6) / LIMIT
    return weight + (torch.round(weight / step) * step - weight).detach()


class Tagger(nn.Module):
    """Token vectors, a window of five words, a window of windows beside the line's strongest, four scores."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces = nn.EmbeddingBag(N_PIECES, OF_PIECES, mode="sum", padding_idx=0, sparse=True)
        self.words = nn.Embedding(N_WORDS, OF_WORD, sparse=True)
        self.shapes = nn.Embedding(N_SHAPES, WIDTH)
        self.spaced = nn.Embedding(2, HIDDEN)
        self.in_line = nn.Embedding(4, HIDDEN)
        self.of_line = nn.Embedding(12, HIDDEN)
        self.of_text = nn.Embedding(4, HIDDEN)
        self.near = nn.Parameter(torch.empty(len(NEAR), WIDTH, HIDDEN))
        self.far = nn.Parameter(torch.empty(len(FAR), HIDDEN, HIDDEN))
        self.line = nn.Parameter(torch.empty(HIDDEN, HIDDEN))
        self.far_bias = nn.Parameter(torch.zeros(HIDDEN))
        self.out = nn.Parameter(torch.empty(HIDDEN, N_TAGS))
        self.out_bias = nn.Parameter(torch.zeros(N_TAGS))
        for each in (self.spaced, self.in_line, self.of_line, self.of_text):
            nn.init.normal_(each.weight, std=0.1)
        for table in (self.words, self.shapes):
            nn.init.normal_(table.weight, std=0.3)
        nn.init.normal_(self.pieces.weight, std=0.8)
        nn.init.normal_(self.near, std=(1 / (WIDTH * len(NEAR))) ** 0.5)
        nn.init.normal_(self.far, std=(1 / (HIDDEN * len(FAR))) ** 0.5)
        nn.init.normal_(self.line, std=0.05)
        nn.init.normal_(self.out, std=0.2)

    def forward(self, types: Types, layout: Layout, dropped: torch.Generator | None) -> Tensor:
        """Scores for each place; with a generator parts of the input are dropped, as in training."""
        pieces = torch.from_numpy(types.pieces)
        n_used = (pieces > 0).sum(1, keepdim=True).clamp_min(1)
        word = self.words(torch.from_numpy(types.word))
        shape = self.shapes(torch.from_numpy(types.shape))
        if dropped is not None:
            kept = torch.rand(pieces.shape, generator=dropped) > 0.1
            pieces = pieces * kept
            word = word * (torch.rand((len(word), 1), generator=dropped) > 0.25)
        identity = torch.cat([self.pieces(pieces) / n_used, word], 1)
        at = torch.from_numpy(layout.type_at)
        zero = torch.zeros(1, WIDTH)
        if dropped is None:
            seen = torch.cat([zero, identity + shape])[at]
        else:
            known = (torch.rand((len(at), 1), generator=dropped) > 0.07).float()
            seen = torch.cat([zero, identity])[at] * known + torch.cat([zero, shape])[at]
        seen = _rounded(seen.clamp(-_REACH, _REACH), _STEP_IN)
        first = self._contexts()[torch.from_numpy(layout.context_at)]
        first = first + _windows(seen, _coarse(self.near, (0, 1)), NEAR)
        first = _rounded(first.clamp(0, _HIGHEST), _STEP)
        first = first * (at > 0).float()[:, None]
        line_at = torch.from_numpy(layout.line_at)
        strongest = torch.zeros(len(layout.line_starts), HIDDEN).scatter_reduce(
            0, line_at[:, None].expand(-1, HIDDEN), first, "amax"
        )
        far, line = self._second()
        second = (strongest @ line + self.far_bias)[line_at] + _windows(first, far, FAR)
        second = _rounded(second.clamp(0, _HIGHEST), _STEP)
        if dropped is not None:
            second = second * (torch.rand(second.shape, generator=dropped) > 0.1) / 0.9
        return second @ _coarse(self.out, (0, 1)) + self.out_bias

    def _second(self) -> tuple[Tensor, Tensor]:
        both = _coarse(torch.cat([self.far.reshape(-1, HIDDEN), self.line]), (0,))
        return both[:-HIDDEN].reshape(self.far.shape), both[-HIDDEN:]

    def _contexts(self) -> Tensor:
        """The sum of what blank, place in the line, the line and its place tell, for each context."""
        number = torch.arange(N_CONTEXTS)
        return (
            self.spaced(number // 192)
            + self.in_line(number // 48 % 4)
            + self.of_line(number // 4 % 12)
            + self.of_text(number % 4)
        )

    def whole_numbers(self, switch: NDArray[np.float64], casing: NDArray[np.float64]) -> dict[str, NDArray[np.generic]]:
        """The arrays of the shipped file; `switch` and `casing` are log odds."""
        with torch.no_grad():
            near, far, line = self.near.numpy(), self.far.numpy(), self.line.numpy()
            near_step = np.abs(near).max(axis=(0, 1)) / LIMIT
            far_step = np.maximum(np.abs(far).max(axis=(0, 1)), np.abs(line).max(axis=0)) / LIMIT
            out_step = float(np.abs(self.out.numpy()).max()) / LIMIT
            tables = {"pieces": self.pieces.weight.numpy().copy(), "words": self.words.weight.numpy()}
            tables["pieces"][0] = 0
            steps = {name: float(np.quantile(np.abs(each), 0.9999)) / LIMIT for name, each in tables.items()}
            shape_step = float(np.abs(self.shapes.weight.numpy()).max()) / 32767
            score_step = _STEP * out_step
            return {
                **{
                    name: np.clip(np.rint(each / steps[name]), -LIMIT, LIMIT).astype(np.int8)
                    for name, each in tables.items()
                },
                "shapes": np.rint(self.shapes.weight.numpy() / shape_step).astype(np.int16),
                "type_scales": (np.array([steps["pieces"], steps["words"], shape_step]) / _STEP_IN).astype(np.float32),
                "near": np.rint(near / near_step).astype(np.int8),
                "contexts": np.rint(self._contexts().numpy() / (_STEP_IN * near_step)).astype(np.int32),
                "near_scale": (_STEP_IN * near_step / _STEP).astype(np.float32),
                "far": np.rint(far / far_step).astype(np.int8),
                "line": np.rint(line / far_step).astype(np.int8),
                "far_bias": np.rint(self.far_bias.numpy() / (_STEP * far_step)).astype(np.int32),
                "far_scale": far_step.astype(np.float32),
                "out": np.rint(self.out.numpy() / out_step).astype(np.int8),
                "out_bias": np.rint(self.out_bias.numpy() / score_step).astype(np.int32),
                "out_scale": np.array(score_step, dtype=np.float32),
                "casing": np.rint(casing / score_step).astype(np.int32),
                "switch": np.rint(switch / score_step).astype(np.int32),
            }


def _windows(values: Tensor, weights: Tensor, offsets: tuple[int, ...]) -> Tensor:
    """The sum over offsets of what stands there times that offset's weight."""
    most = max(offsets)
    wide = nn.functional.pad(values, (0, 0, most, most))
    n = len(values)
    return torch.cat([wide[most + offset : most + offset + n] for offset in offsets], 1) @ weights.reshape(
        -1, weights.shape[2]
    )


def train(examples: Iterator[Example], *, seed: int, n_batches: int, batch_size: int, threads: int) -> Tagger:
    """A tagger after some batches; the same for the same examples, seed and threads on one machine."""
    torch.manual_seed(seed)
    torch.set_num_threads(threads)
    torch.use_deterministic_algorithms(True)
    tagger = Tagger()
    dropped = torch.Generator().manual_seed(seed)
    sparse = [tagger.pieces.weight, tagger.words.weight]
    dense = [each for each in tagger.parameters() if not any(each is one for one in sparse)]
    optimizers = [torch.optim.SparseAdam(sparse, lr=1e-2), torch.optim.AdamW(dense, lr=3e-3, weight_decay=1e-3)]
    schedules = [
        torch.optim.lr_scheduler.LambdaLR(each, lambda step: min(1, (step + 1) / 100) * (1 - step / n_batches) + 1e-3)
        for each in optimizers
    ]
    weights = torch.tensor(_WEIGHTS)
    total, start = 0.0, time.perf_counter()
    for step in range(n_batches):
        batch = batch_of(list(islice(examples, batch_size)))
        scores = tagger(batch.types, batch.layout, dropped)[torch.from_numpy(batch.layout.place)]
        losses = nn.functional.cross_entropy(
            scores, torch.from_numpy(batch.tags), weights, label_smoothing=0.02, reduction="none"
        )
        loss = (losses * torch.from_numpy(batch.cost)).mean()
        for each in optimizers:
            each.zero_grad()
        loss.backward()
        for each in (*optimizers, *schedules):
            each.step()
        total += loss.item()
        if (step + 1) % 200 == 0:
            print(
                f"batch {step + 1} of {n_batches}: loss {total / 200:.4f}, {time.perf_counter() - start:.0f} s",
                flush=True,
            )
            total = 0.0
    return tagger
