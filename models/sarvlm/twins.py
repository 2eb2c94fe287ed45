"""Images that show the same pixels as another: crops of one scene, and chips that occur twice.

Neighbouring file names do not find them: the crops of one SSDD scene lie up to a hundred numbers apart, and most SAR-ACD chips
have a double further on. What was trained on must not be scored, so held-out images with a twin in training are set aside.
"""
import numpy as np
from PIL import Image

from .labels import gray

PEAK = 0.08                 # of the phase correlation: below it two images share nothing that can be aligned
OVERLAP = 0.2               # least share of the smaller image that must lie on the other
BLOCK = 128                 # pairs in one go


def spectrum(image: np.ndarray, side: int, scale: float) -> np.ndarray:
    """uint8 [h,w] -> the phases of its shrunk, windowed amplitudes, complex [side,side/2+1]."""
    size = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    small = np.sqrt(np.asarray(Image.fromarray(image).resize(size, Image.BOX), np.float32))[:side, :side]
    small = (small - small.mean()) / (small.std() + 1e-3)
    rows, columns = (np.hanning(n + 2)[1:-1] ** 0.5 for n in small.shape)
    padded = np.zeros((side, side), np.float32)
    padded[:small.shape[0], :small.shape[1]] = small * rows[:, None] * columns[None]
    wave = np.fft.rfft2(padded).astype(np.complex64)
    return wave / (np.abs(wave) + 1e-3)


def likeness(a: np.ndarray, b: np.ndarray) -> float:
    """Pearson's correlation of two uint8 images where they overlap after the shift that phase correlation finds (Kuglin and
    Hines 1975); 0 where the overlap is too small."""
    side = 1 << int(np.ceil(np.log2(max(*a.shape, *b.shape)))) + 1
    fa, fb = (np.fft.rfft2(x - x.mean(), s=(side, side)) for x in (np.sqrt(image, dtype=np.float32) for image in (a, b)))
    cross = fa * np.conj(fb)
    shift = int(np.fft.irfft2(cross / (np.abs(cross) + 1e-3), s=(side, side)).argmax())
    dy, dx = ((v + side // 2) % side - side // 2 for v in (shift // side, shift % side))
    top, bottom = max(0, dy), min(a.shape[0], b.shape[0] + dy)
    left, right = max(0, dx), min(a.shape[1], b.shape[1] + dx)
    if (bottom - top) * (right - left) < OVERLAP * min(a.size, b.size) or bottom <= top or right <= left:
        return 0.0
    p, q = a[top:bottom, left:right].ravel(), b[top - dy:bottom - dy, left - dx:right - dx].ravel()
    return float(np.corrcoef(p, q)[0, 1]) if p.std() > 0 and q.std() > 0 else 0.0


def with_twin(tested: list, trained: list, limit: float, side: int = 128) -> set:
    """Paths -> those of `tested` of which some image of `trained` shows a part with a correlation above `limit`.

    All images are shrunk by one factor, so crops of one scene keep their scale; `side` is that of the shrunk squares."""
    if not tested or not trained:
        return set()
    images = {path: gray(path) for path in [*tested, *trained]}
    scale = min(1.0, side / max(max(image.shape) for image in images.values()))
    phases = {path: spectrum(image, side, scale) for path, image in images.items()}
    stack, found = np.stack([phases[p] for p in trained]), set()
    for path in tested:
        for first in range(0, len(trained), BLOCK):
            surface = np.fft.irfft2(phases[path][None] * np.conj(stack[first:first + BLOCK]), s=(side, side))
            peaks = surface.reshape(len(surface), -1).max(1)
            order = [first + int(i) for i in np.argsort(-peaks) if peaks[i] > PEAK][:6]
            if any(likeness(images[path], images[trained[i]]) > limit for i in order):
                found.add(path)
                break
    return found
