"""Writes georeferenced rasters into FOLDER and where GDAL finds their pixels beside (.places).

A .places file holds float64 rows of column, row, longitude, latitude and the ground distance in
metres of one column and of one row there. Control points are interpolated by GDAL's thin-plate
spline; every other raster by its affine transform and PROJ.
"""
import sys

import numpy as np
from osgeo import gdal, osr

gdal.UseExceptions()
folder = sys.argv[1]
rng = np.random.default_rng(5)
WIDTH, HEIGHT = 1500, 1100

GEOCENTRIC = osr.SpatialReference()
GEOCENTRIC.ImportFromEPSG(4978)
WGS84 = osr.SpatialReference()
WGS84.ImportFromEPSG(4326)
WGS84.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER)
TO_GEOCENTRIC = osr.CoordinateTransformation(WGS84, GEOCENTRIC)


def xyz(lonlat):
    return np.array(TO_GEOCENTRIC.TransformPoints([(lon, lat, 0) for lon, lat in lonlat]))


def write(name, srs, transform, metadata=None, gcps=None):
    ds = gdal.GetDriverByName('GTiff').Create(f'{folder}/{name}.tif', WIDTH, HEIGHT, 1, gdal.GDT_Byte,
                                              ['SPARSE_OK=TRUE', 'TILED=YES'])
    for key, value in (metadata or {}).items():
        ds.SetMetadataItem(key, value)
    if gcps:
        ds.SetGCPs(gcps, srs)
    else:
        ds.SetSpatialRef(srs)
        ds.SetGeoTransform(transform)
    ds = None
    ds = gdal.Open(f'{folder}/{name}.tif')
    transformer = gdal.Transformer(ds, None, ['DST_SRS=EPSG:4326'] + (['METHOD=GCP_TPS'] if gcps else []))
    points = [(0, 0), (WIDTH, 0), (0, HEIGHT), (WIDTH, HEIGHT), (WIDTH / 2, HEIGHT / 2)]
    points += [(x, y) for x, y in rng.random((40, 2)) * (WIDTH, HEIGHT)]

    def lonlat(dx, dy):
        found, _ = transformer.TransformPoints(0, [(x + dx, y + dy) for x, y in points])
        return np.array(found)[:, :2]

    metres = [np.linalg.norm(xyz(lonlat(*d)) - xyz(lonlat(-d[0], -d[1])), axis=1) for d in ((.5, 0), (0, .5))]
    np.column_stack([points, lonlat(0, 0), metres[0], metres[1]]).astype('<f8').tofile(f'{folder}/{name}.places')
    print(name)


def epsg(code):
    srs = osr.SpatialReference()
    srs.ImportFromEPSG(code)
    return srs


def proj(text):
    srs = osr.SpatialReference()
    srs.ImportFromProj4(text)
    return srs


NORTH_UP = {
    32631: (380000, 5300000), 32601: (166021.44, 7000000), 32733: (700000, 6200000), 25832: (450000, 5800000),
    26911: (380000, 3740000), 3857: (-13150000, 4010000), 3395: (1200000, -5200000), 3413: (400000, -1500000),
    3995: (-700000, -30000), 3031: (300000, 1200000), 3976: (-8000, 6000), 3035: (4200000, 3400000),
    32661: (1700000, 2300000), 32761: (2200000, 1800000)}
for code, (x, y) in NORTH_UP.items():
    write(f'epsg-{code}', epsg(code), (x, 10, 0, y, 0, -10))
for name, x, y in (('degrees', 11, 48), ('antimeridian', 179.95, -16)):
    write(name, epsg(4326), (x, 1e-4, 0, y, 0, -1e-4))
write('point', epsg(32631), (380000, 40, 0, 5300000, 0, -40), {'AREA_OR_POINT': 'Point'})
write('rotated', epsg(32733), (700000, 9.4, -3.4, 6200000, -3.4, -9.4))
write('rotated-point', epsg(3857), (700000, 9.4, 3.4, 6200000, 3.4, -9.4), {'AREA_OR_POINT': 'Point'})
write('south-up', epsg(32631), (380000, 10, 0, 5300000, 0, 10))
for name, text, x, y in (
        ('tmerc', '+proj=tmerc +lat_0=49 +lon_0=12.5 +k=0.9998 +x_0=300000 +y_0=-50000', 310000, 120000),
        ('merc', '+proj=merc +lon_0=100 +k=0.97', 300000, 4000000),
        ('merc-lat_ts', '+proj=merc +lon_0=5 +lat_ts=41', 300000, 4000000),
        ('laea', '+proj=laea +lat_0=-20 +lon_0=30', 300000, 400000),
        ('laea-pole', '+proj=laea +lat_0=90 +lon_0=-10', 300000, -900000),
        ('stere-lat_ts', '+proj=stere +lat_0=90 +lat_ts=75 +lon_0=-20', 300000, -900000),
        ('stere-south', '+proj=stere +lat_0=-90 +lat_ts=-71 +lon_0=10', 300000, 1900000),
        ('stere-k', '+proj=stere +lat_0=90 +k=0.994 +lon_0=30 +x_0=2000000 +y_0=2000000', 2300000, 1900000)):
    write('user-' + name, proj(text + ' +datum=WGS84 +units=m'), (x, 10, 0, y, 0, -10))


def swath(x, y):
    """Curved positions, as a swath has them."""
    return 12 + x * 1e-4 + y * 2e-5 + x * x * 2e-10, 50 - y * 9e-5 + x * 2e-5 + x * y * 1e-10


for name, metadata in (('gcps', {}), ('gcps-point', {'AREA_OR_POINT': 'Point'})):
    grid = [(x, y) for y in np.linspace(0, HEIGHT, 6) for x in np.linspace(0, WIDTH, 9)]
    write(name, epsg(4326), None, metadata, [gdal.GCP(*swath(x, y), 0, x, y) for x, y in grid])
