"""Writes one raster in formats that only GDAL reads into FOLDER, its pixels as float32 beside (.raw).

Formats that this GDAL cannot write are left out. Prints the files' names.
"""
import sys

import numpy as np
from osgeo import gdal, osr

gdal.UseExceptions()
gdal.PushErrorHandler('CPLQuietErrorHandler')
folder = sys.argv[1]
srs = osr.SpatialReference()
srs.ImportFromEPSG(32631)
rng = np.random.default_rng(3)

for driver, ending, type_, options in (
        ('ENVI', 'img', gdal.GDT_Float32, []), ('ENVI', 'img', gdal.GDT_UInt16, ['INTERLEAVE=BIP']),
        ('HFA', 'img', gdal.GDT_Float64, ['COMPRESSED=YES']), ('NITF', 'ntf', gdal.GDT_UInt16, []),
        ('NITF', 'nitf', gdal.GDT_Byte, []), ('RST', 'rst', gdal.GDT_Float32, []),
        ('netCDF', 'nc', gdal.GDT_Float32, []),
        ('JP2OpenJPEG', 'jp2', gdal.GDT_UInt16, ['REVERSIBLE=YES', 'QUALITY=100'])):
    if gdal.GetDriverByName(driver) is None:
        continue
    source = gdal.GetDriverByName('GTiff').Create(f'{folder}/{driver}.source', 70, 50, 1, type_)
    source.SetGeoTransform((380000, 10, 0, 5300000, 0, -10))
    source.SetSpatialRef(srs)
    band = source.GetRasterBand(1)
    band.WriteArray(rng.random((50, 70)) * 150 + 1)
    source.FlushCache()
    name = f'scene_{driver}_{gdal.GetDataTypeName(type_)}_VH_dB.{ending}'
    out = gdal.GetDriverByName(driver).CreateCopy(f'{folder}/{name}', source, options=options)
    out = None
    source.ReadAsArray().astype('<f4').tofile(f'{folder}/{name}.raw')
    print(name)
