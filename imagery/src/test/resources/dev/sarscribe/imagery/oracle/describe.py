"""Prints what GDAL finds in FOLDER/written.tif."""
import sys

from osgeo import gdal

gdal.UseExceptions()
d = gdal.Open(sys.argv[1] + '/written.tif')
print(d.GetGeoTransform(), d.GetRasterBand(1).GetNoDataValue(), d.GetMetadataItem('NOTE'),
      d.GetRasterBand(2).GetDescription(), d.GetSpatialRef().GetAuthorityCode(None), d.ReadAsArray().sum())
