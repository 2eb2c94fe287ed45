"""Checkpoints on disk: written whole or not at all, and read with an error that names the file and the cause."""
import pickle
from pathlib import Path

import torch
from torch import nn

from .command import Refusal

BROKEN = (RuntimeError, OSError, EOFError, KeyError, ValueError, pickle.UnpicklingError)         # what torch.load raises on other files


LATER = ("memory.absence",)             # what older checkpoints lack; it stays as in a new model


def write_checkpoint(state: dict, path: Path) -> None:
    """A run that is cut off here leaves the older file."""
    part = path.with_suffix(".part")
    torch.save(state, part)
    part.replace(path)


def read_checkpoint(path: Path) -> dict:
    """The state with at least the keys model and config; no code in the file is run."""
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except (FileNotFoundError, IsADirectoryError, PermissionError):
        raise
    except BROKEN as error:
        raise Refusal(f"{path}: no checkpoint, or one that was cut off: {first_line(error)}") from error
    lacking = [key for key in ("model", "config") if not isinstance(state, dict) or key not in state]
    if lacking:
        raise Refusal(f"{path}: no checkpoint of this recipe, it has no {', '.join(lacking)}")
    return state


def load_weights(model: nn.Module, state: dict, path: Path) -> None:
    """The weights of a checkpoint, all of which must fit."""
    try:
        model.load_state_dict({**{k: v for k, v in model.state_dict().items() if k in LATER}, **state["model"]})
    except RuntimeError as error:
        raise Refusal(f"{path}: the weights of another network: {' '.join(str(error).split())[:300]}") from error


def first_line(error: Exception) -> str:
    """The first sentence of a message; what PyTorch adds is about its own insides."""
    return (str(error).splitlines() or [type(error).__name__])[0].partition(". ")[0][:200]
