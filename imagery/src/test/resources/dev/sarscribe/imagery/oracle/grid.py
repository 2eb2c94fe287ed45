"""Writes where GDAL's thin-plate spline finds a real Sentinel-1 product's tile corners and centres.

grid.py FOLDER SOURCE: SOURCE is a SAFE folder or zip. Writes FOLDER/grid.places: float64 rows of
column, row, longitude, latitude and, by SciPy's linear interpolation on the annotated grid, the
incidence angle. Annotated pixel numbers are pixel centres.

Then leaves out the nodes of every second row and column of the grid, writes the others to
FOLDER/kept.nodes and those inside to FOLDER/left.nodes (column, row, longitude, latitude), and prints
the range of the nodes' heights in metres and how far the spline through the kept nodes is off at the
left ones, in metres rms.
"""
import glob
import re
import sys
import xml.etree.ElementTree as ET
import zipfile

import numpy as np
from osgeo import gdal, osr
from scipy.interpolate import RegularGridInterpolator

gdal.UseExceptions()
folder, source = sys.argv[1:3]
ANNOTATION = r'annotation/[^/]*-(vv|hh)[^/]*\.xml$'


def annotation():
    if source.endswith('.zip'):
        with zipfile.ZipFile(source) as z:
            return ET.fromstring(z.read(next(n for n in z.namelist() if re.search(ANNOTATION, n))))
    return ET.parse(next(f for f in glob.glob(source + '/annotation/*.xml') if re.search(ANNOTATION, f))).getroot()


def points(width, height):
    xs = sorted(set(range(0, width, 512)) | {width})
    ys = sorted(set(range(0, height, 512)) | {height})
    corners = [(x, y) for y in ys for x in xs]
    return np.array(corners + [(x + 256, y + 256) for x, y in corners if x + 256 < width and y + 256 < height], float)


def tps(dataset, at):
    transformer = gdal.Transformer(dataset, None, ['METHOD=GCP_TPS', 'DST_SRS=EPSG:4326'])
    found, _ = transformer.TransformPoints(0, at.tolist())
    return np.array(found)[:, :2]


def dataset(nodes, width, height):
    srs = osr.SpatialReference()
    srs.ImportFromEPSG(4326)
    srs.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
    ds = gdal.GetDriverByName('MEM').Create('', width, height, 0)
    ds.SetGCPs([gdal.GCP(lon, lat, 0, x, y) for x, y, lon, lat in nodes], srs)
    return ds


def metres(a, b):
    lat = np.radians(b[:, 1])
    return np.hypot((a[:, 0] - b[:, 0]) * 111320 * np.cos(lat), (a[:, 1] - b[:, 1]) * 111130)


product = annotation()
grid = [[float(p.find(n).text) for n in ('pixel', 'line', 'longitude', 'latitude', 'incidenceAngle', 'height')]
        for p in product.iter('geolocationGridPoint')]
width, height = (int(next(product.iter(n)).text) for n in ('numberOfSamples', 'numberOfLines'))
at = points(width, height)
nodes = np.array(sorted(([x + .5, y + .5, lon, lat] for x, y, lon, lat, _, _ in grid), key=lambda n: (n[1], n[0])))
ds = dataset(nodes.tolist(), width, height)
xs = np.unique([g[0] for g in grid]) + .5
ys = np.unique([g[1] for g in grid]) + .5
table = np.array([g[4] for g in sorted(grid, key=lambda g: (g[1], g[0]))]).reshape(len(ys), len(xs))
inside = at.clip((xs[0], ys[0]), (xs[-1], ys[-1]))
angles = RegularGridInterpolator((ys, xs), table)(inside[:, ::-1])
np.column_stack([at, tps(ds, at), angles]).astype('<f8').tofile(folder + '/grid.places')
square = nodes.reshape(len(ys), len(xs), 4)
kept = square[::2, ::2].reshape(-1, 4)
left = square[1:-1:2, 1:-1:2].reshape(-1, 4)
kept.astype('<f8').tofile(folder + '/kept.nodes')
left.astype('<f8').tofile(folder + '/left.nodes')
off = metres(tps(dataset(kept.tolist(), width, height), left[:, :2]), left[:, 2:])
heights = [g[5] for g in grid]
print(max(heights) - min(heights), np.sqrt(np.mean(off ** 2)))
