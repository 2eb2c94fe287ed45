"""Writes rasters of every kind into a folder, each with GDAL's own reading of it beside (.raw).

pixels.py FOLDER. A .raw file holds float32, band by band, little-endian. Where GDAL finds a pixel
invalid by a mask or an alpha it is NaN, in nodata-*.tif also where it finds the nodata value; an
alpha band itself is left out.
"""
import os
import struct
import sys

import numpy as np
from osgeo import gdal

gdal.UseExceptions()
gdal.PushErrorHandler('CPLQuietErrorHandler')
rng = np.random.default_rng(7)
folder = sys.argv[1]

TYPES = {'Byte': (gdal.GDT_Byte, 1, 255), 'UInt16': (gdal.GDT_UInt16, 1, 65535),
         'Int16': (gdal.GDT_Int16, -32768, 32767), 'Float32': (gdal.GDT_Float32, -30, 1),
         'Float64': (gdal.GDT_Float64, -30, 1)}


def data(name, bands, height, width):
    """Smooth rows with noise, so that every codec and predictor has something to do."""
    t, low, high = TYPES[name]
    a = np.cumsum(rng.random((bands, height, width)), axis=2)
    return low + a / a.max() * (high - low) if 'Float' in name else np.floor(low + a / a.max() * (high - low))


def create(file, name, bands, height, width, options):
    ds = gdal.GetDriverByName('GTiff').Create(file, width, height, bands, TYPES[name][0], options)
    ds.WriteArray(data(name, bands, height, width))
    return ds


def spots(height, width):
    """Validity in spots that no block edge follows."""
    y, x = np.mgrid[0:height, 0:width]
    return np.where((x // 11 + y // 7) % 3 == 0, 0, 255).astype(np.uint8)


def expected(file):
    ds = gdal.Open(file)
    bands = [ds.GetRasterBand(i) for i in range(1, ds.RasterCount + 1)]
    alpha = None
    if bands[-1].GetColorInterpretation() == gdal.GCI_AlphaBand:
        alpha = bands.pop().ReadAsArray()  # which GDAL itself heeds as a mask for one or three bands only
    out = []
    for band in bands:
        a = band.ReadAsArray().astype('<f4')
        if alpha is not None:
            a[alpha == 0] = np.nan
        if band.GetMaskFlags() != gdal.GMF_NODATA or os.path.basename(file).startswith('nodata-'):
            a[band.GetMaskBand().ReadAsArray() == 0] = np.nan
        out.append(a)
    np.array(out).tofile(file + '.raw')


def compressions(name):
    yield 'NONE', '1'
    for c in ('LZW', 'DEFLATE', 'ZSTD'):
        for p in ('1', '2', '3') if 'Float' in name else ('1', '2'):
            yield c, p


def matrix():
    """Every type, compression, predictor and layout, in both byte orders and file sizes."""
    for name in TYPES:
        for c, p in compressions(name):
            for tiled in (['TILED=YES', 'BLOCKXSIZE=64', 'BLOCKYSIZE=48'], ['BLOCKYSIZE=5']):
                # libtiff on a little-endian machine writes predictor 3 with its bytes reversed into a
                # big-endian file, and reads it back as garbage
                order = [] if p == '3' else ['ENDIANNESS=BIG']
                for layout in (['INTERLEAVE=PIXEL'], ['INTERLEAVE=BAND', 'BIGTIFF=YES'] + order):
                    f = f'{folder}/{name}-{c}-{p}-{len(tiled)}-{len(layout)}.tif'
                    predictor = [] if c == 'NONE' else ['PREDICTOR=' + p]
                    create(f, name, 2, 101, 157, ['COMPRESS=' + c] + predictor + tiled + layout)
                    yield f


def sizes():
    """Sizes that no block divides, one pixel among them, with one to three bands."""
    for height, width in ((1, 1), (1, 7), (7, 1), (13, 11), (127, 131), (3, 257)):
        for bands in (1, 2, 3):
            for tiled in (['TILED=YES', 'BLOCKXSIZE=32', 'BLOCKYSIZE=16'], ['BLOCKYSIZE=4']):
                for i, more in enumerate((['COMPRESS=LZW', 'PREDICTOR=2', 'INTERLEAVE=BAND'],
                                          ['COMPRESS=ZSTD', 'PREDICTOR=3', 'INTERLEAVE=PIXEL'],
                                          ['ENDIANNESS=BIG', 'INTERLEAVE=PIXEL'])):
                    f = f'{folder}/size-{height}x{width}x{bands}-{len(tiled)}-{i}.tif'
                    name = 'Float32' if i == 1 else 'UInt16'
                    create(f, name, bands, height, width, ['PHOTOMETRIC=MINISBLACK'] + tiled + more)
                    yield f


def cogs():
    """Cloud-optimised files with and without overviews and mask."""
    for name in TYPES:
        for c in ('NONE', 'LZW', 'DEFLATE', 'ZSTD'):
            for overviews in ('NONE', 'AUTO'):
                for masked in (False, True):
                    source = create('/vsimem/source.tif', name, 1, 301, 290, [])
                    if masked:
                        gdal.SetConfigOption('GDAL_TIFF_INTERNAL_MASK', 'YES')
                        source.CreateMaskBand(gdal.GMF_PER_DATASET)
                        source.GetRasterBand(1).GetMaskBand().WriteArray(spots(301, 290))
                    f = f'{folder}/cog-{name}-{c}-{overviews}-{masked}.tif'
                    predictor = [] if c == 'NONE' else ['PREDICTOR=YES']
                    gdal.GetDriverByName('COG').CreateCopy(
                        f, source, options=['BLOCKSIZE=128', 'COMPRESS=' + c, 'OVERVIEWS=' + overviews] + predictor)
                    source = None
                    gdal.Unlink('/vsimem/source.tif')
                    yield f


def masks():
    """Validity inside the file, in a file beside, and as an alpha band."""
    for inside in ('YES', 'NO'):
        gdal.SetConfigOption('GDAL_TIFF_INTERNAL_MASK', inside)
        for name in TYPES:
            for i, o in enumerate((['TILED=YES', 'BLOCKXSIZE=32', 'BLOCKYSIZE=32', 'COMPRESS=LZW'],
                                   ['BLOCKYSIZE=9'], ['ENDIANNESS=BIG', 'BIGTIFF=YES', 'COMPRESS=ZSTD'])):
                f = f'{folder}/mask-{inside}-{name}-{i}.tif'
                ds = create(f, name, 2, 59, 83, o)
                ds.CreateMaskBand(gdal.GMF_PER_DATASET)
                ds.GetRasterBand(1).GetMaskBand().WriteArray(spots(59, 83))
                ds = None
                yield f
    for name in TYPES:
        for bands in (2, 3):
            for interleave in ('BAND', 'PIXEL'):
                f = f'{folder}/alpha-{name}-{bands}-{interleave}.tif'
                ds = create(f, name, bands, 59, 83, ['INTERLEAVE=' + interleave, 'PHOTOMETRIC=MINISBLACK'])
                ds.GetRasterBand(bands).SetColorInterpretation(gdal.GCI_AlphaBand)
                ds.GetRasterBand(bands).WriteArray(spots(59, 83) // 255)
                ds = None
                yield f
    yield byte_mask()


def byte_mask():
    """A mask of whole bytes, which GDAL reads but never writes: a second page, marked as one."""
    f = f'{folder}/mask-bytes.tif'
    create(f, 'UInt16', 1, 59, 83, ['COMPRESS=DEFLATE'])
    ds = gdal.GetDriverByName('GTiff').Create(
        f, 83, 59, 1, gdal.GDT_Byte, ['APPEND_SUBDATASET=YES', 'TILED=YES', 'BLOCKXSIZE=32', 'BLOCKYSIZE=16'])
    ds.WriteArray(spots(59, 83))
    ds = None
    with open(f, 'r+b') as file:
        b = bytearray(file.read())
        first = struct.unpack_from('<I', b, 4)[0]
        second = struct.unpack_from('<I', b, first + 2 + 12 * struct.unpack_from('<H', b, first)[0])[0]
        entries = struct.unpack_from('<H', b, second)[0]
        planar = next(e for e in range(second + 2, second + 2 + 12 * entries, 12) if b[e:e + 2] == b'\x1c\x01')
        struct.pack_into('<HHII', b, planar, 254, 4, 1, 4)  # NewSubfileType in place of a default
        file.seek(0)
        file.write(b)
    return f


def sparse():
    """Blocks that were never written read as the nodata value, as near as the type comes to it."""
    for name in TYPES:
        for nodata in (None, 7, -9999):
            for tiled in (['TILED=YES', 'BLOCKXSIZE=32', 'BLOCKYSIZE=32'], ['BLOCKYSIZE=8']):
                for c in ('NONE', 'DEFLATE'):
                    f = f'{folder}/sparse-{name}-{nodata}-{len(tiled)}-{c}.tif'
                    ds = gdal.GetDriverByName('GTiff').Create(
                        f, 150, 110, 2, TYPES[name][0], ['SPARSE_OK=TRUE', 'COMPRESS=' + c] + tiled)
                    if nodata is not None:
                        ds.GetRasterBand(1).SetNoDataValue(nodata)
                    ds.WriteArray(data(name, 2, 40, 70), 50, 33)
                    ds = None
                    yield f


def nodata():
    """Nodata as a value, in and beyond the type's range, and as NaN."""
    for name in TYPES:
        for value in (0, 7, -9999, 0.1, float('nan'), -3.4028234663852886e38):
            f = f'{folder}/nodata-{name}-{value}.tif'
            ds = create(f, name, 2, 59, 83, ['COMPRESS=LZW'])
            ds.WriteArray(np.maximum(ds.ReadAsArray(), 1) if name == 'Int16' else ds.ReadAsArray())
            holds = 'Float' in name or (value == int(value) if value == value else False) and not (
                value < 0 and name in ('Byte', 'UInt16')) and value > -40000
            if holds:
                a = ds.ReadAsArray()
                a[:, spots(59, 83) == 0] = value
                ds.WriteArray(a)
            ds.GetRasterBand(1).SetNoDataValue(value)
            ds = None
            yield f


for kind in (matrix, sizes, cogs, masks, sparse, nodata):
    n = 0
    for name in kind():
        expected(name)
        n += 1
    print(kind.__name__, n)
