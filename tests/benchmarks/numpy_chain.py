#!/usr/bin/env python3
"""The peer in Python: rasterio, NumPy and SciPy doing what sarscribe's recipe does.

usage: numpy_chain.py PRODUCT.SAFE {refined|lee} [BANDS]

From the first measurement of a Sentinel-1 product to tiles of 512 x 512, zstd level 1 where the
module `zstandard` is there, else zlib level 1: sigma nought with thermal noise, the speckle filter
of the given name, decibels, a stretch between percentiles, 8 bits. BANDS ends it after so many
rows of tiles; the rate is then extrapolated to the scene. Written as a user would: whole-array
operations in single precision, `scipy.ndimage` for windows, one band of 512 rows at a time.
"""

import resource
import sys
import time
import xml.etree.ElementTree as ET
import zlib
from pathlib import Path

import numpy as np
import rasterio
from rasterio.windows import Window
from scipy import ndimage

TILE, RADIUS, LOOKS, FLOOR = 512, 3, 4.4, 1e-5


def vectors(path, list_name, item, values):
    """Look-up table vectors: lines, pixels and values."""
    found = ET.parse(path).getroot().find(list_name)
    out = []
    for v in [] if found is None else found.findall(item):
        pixels = np.array(v.findtext("pixel").split(), dtype=np.float32)
        out.append((int(v.findtext("line")), pixels, np.array(v.findtext(values).split(), np.float32)))
    return out


class Table:
    """A look-up table on whole rows, linear along range and azimuth."""

    def __init__(self, rows, width):
        x = np.arange(width, dtype=np.float32)
        self.lines = np.array([line for line, _, _ in rows], dtype=np.float64)
        self.rows = np.stack([np.interp(x, p, v).astype(np.float32) for _, p, v in rows])

    def at(self, lines):
        i = np.clip(np.searchsorted(self.lines, lines, side="right") - 1, 0, max(0, len(self.lines) - 2))
        if len(self.lines) == 1:
            return np.repeat(self.rows, len(lines), axis=0)
        t = np.clip((lines - self.lines[i]) / (self.lines[i + 1] - self.lines[i]), 0, 1)
        t = t.astype(np.float32)[:, None]
        return self.rows[i] * (1 - t) + self.rows[i + 1] * t


def azimuth_blocks(path):
    found = ET.parse(path).getroot().find("noiseAzimuthVectorList")
    for v in [] if found is None else found.findall("noiseAzimuthVector"):
        edges = [int(v.findtext(n)) for n in
                 ("firstAzimuthLine", "lastAzimuthLine", "firstRangeSample", "lastRangeSample")]
        lines = np.array(v.findtext("line").split(), dtype=np.float32)
        yield edges, lines, np.array(v.findtext("noiseAzimuthLut").split(), dtype=np.float32)


def halves():
    """The eight half windows as kernels, opposite ones adjacent."""
    r, c = np.mgrid[0:7, 0:7]
    return [m.astype(np.float32) for m in
            (c <= 3, c >= 3, r <= 3, r >= 3, r + c <= 6, r + c >= 6, c >= r, c <= r)]


def estimate(z, mean, square):
    variance = square - mean * mean
    s = np.float32(1 / LOOKS)
    signal = np.maximum(0, variance - mean * mean * s)
    return mean + signal / np.maximum(variance * (1 + s), np.finfo(np.float32).tiny) * (z - mean)


def lee(z):
    mean = ndimage.uniform_filter(z, 7)
    return estimate(z, mean, ndimage.uniform_filter(z * z, 7))


def half_mean(z, k, kernel):
    """The straight halves are rectangles, whose means SciPy has in two fast passes."""
    if k >= 4:
        return ndimage.correlate(z, kernel / 28)
    size, origin = ((7, 4), (0, (1, -2)[k])) if k < 2 else ((4, 7), ((1, -2)[k - 2], 0))
    return ndimage.uniform_filter(z, size, origin=origin)


def refined_lee(z):
    m = ndimage.uniform_filter(z, 3)
    at = {(j, i): ndimage.shift(m, (-j, -i), order=0, mode="nearest") for j in (-2, 0, 2) for i in (-2, 0, 2)}
    nw, n, ne, w, c, e, sw, s, se = (at[k] for k in sorted(at))
    gradient = np.abs(np.stack([nw + w + sw - ne - e - se, nw + n + ne - sw - s - se,
                                nw + n + w - e - s - se, n + ne + e - w - sw - s]))
    direction = gradient.argmax(axis=0)
    one = np.choose(direction, [w, n, nw, ne])
    other = np.choose(direction, [e, s, se, sw])
    chosen = 2 * direction + (np.abs(one - c) > np.abs(other - c))
    mean, square, z2 = np.empty_like(z), np.empty_like(z), z * z
    for k, kernel in enumerate(halves()):
        here = chosen == k
        mean[here] = half_mean(z, k, kernel)[here]
        square[here] = half_mean(z2, k, kernel)[here]
    return estimate(z, mean, square)


class Chain:
    def __init__(self, safe, speckle_filter):
        # numbered 001 is the co-polarized image
        raster = min((safe / "measurement").glob("*.tiff"), key=lambda p: p.stem[-3:])
        self.source = rasterio.open(raster)
        self.width, self.height = self.source.width, self.source.height
        tables = safe / "annotation" / "calibration"
        noise = tables / f"noise-{raster.stem}.xml"
        self.gain = Table(vectors(tables / f"calibration-{raster.stem}.xml", "calibrationVectorList",
                                  "calibrationVector", "sigmaNought"), self.width)
        rows = vectors(noise, "noiseRangeVectorList", "noiseRangeVector", "noiseRangeLut") or vectors(
            noise, "noiseVectorList", "noiseVector", "noiseLut")
        self.noise, self.blocks = Table(rows, self.width), list(azimuth_blocks(noise))
        self.filter = {"refined": refined_lee, "lee": lee}[speckle_filter]

    def sigma0(self, y, rows):
        dn = self.source.read(1, window=Window(0, y, self.width, rows)).astype(np.float32)
        lines = np.arange(y, y + rows)
        noise = self.noise.at(lines)
        for (l0, l1, s0, s1), at, factors in self.blocks:
            inside = (lines >= l0) & (lines <= l1)
            noise[inside, s0:s1 + 1] *= np.interp(lines[inside], at, factors).astype(np.float32)[:, None]
        gain = self.gain.at(lines)
        return np.maximum(FLOOR, (dn * dn - noise) / (gain * gain))

    def decibels(self, y, rows):
        top = max(0, y - RADIUS)
        power = self.sigma0(top, min(self.height, y + rows + RADIUS) - top)
        return 10 * np.log10(self.filter(power)[y - top:y - top + rows])

    def stretch(self):
        lines = [int((i + 0.5) * self.height / 64) for i in range(64)]
        return np.percentile(np.concatenate([self.decibels(y, 1)[0, ::2] for y in lines]), [1, 99])

    def tiles(self, stretch, bands):
        low, high = stretch
        for y in list(range(0, self.height, TILE))[:bands]:
            db = self.decibels(y, min(TILE, self.height - y))
            band = np.clip(1.5 + (db - low) * (254 / (high - low)), 1, 255).astype(np.uint8)
            for x in range(0, self.width, TILE):
                yield np.ascontiguousarray(band[:, x:x + TILE])


def encoder():
    try:
        import zstandard
        return zstandard.ZstdCompressor(level=1).compress
    except ImportError:
        return lambda data: zlib.compress(data, 1)


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    start, cpu = time.perf_counter(), time.process_time()
    chain = Chain(Path(sys.argv[1]), sys.argv[2])
    bands = int(sys.argv[3]) if len(sys.argv) > 3 else None
    encode, tiles, pixels, total, size = encoder(), 0, 0, 0, 0
    stretch = chain.stretch()
    estimated = time.perf_counter() - start
    for tile in chain.tiles(stretch, bands):
        tiles, pixels, total = tiles + 1, pixels + tile.size, total + int(tile.sum(dtype=np.int64))
        size += len(encode(tile.tobytes()))
    seconds = time.perf_counter() - start
    # The stretch is estimated once for a scene, however many bands are done.
    whole = chain.width * chain.height
    expected = estimated + (seconds - estimated) * whole / pixels
    print(f"numpy {sys.argv[2]}: {whole / expected / 1e6:.2f} MPix/s of a whole scene, {seconds:.1f} s, "
          f"{time.process_time() - cpu:.1f} s of CPU, "
          f"peak {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB; "
          f"{tiles} tiles, {pixels} pixels, pixel sum {total}, {size} bytes encoded")


if __name__ == "__main__":
    main()
