#!/usr/bin/env bash
# The peer on the command line: Orfeo ToolBox and GDAL doing the steps of sarscribe's plain-Lee recipe,
# but with a fixed stretch, and without nodata.
# usage: otb_chain.sh PRODUCT.SAFE WORK_FOLDER [THREADS]
# Sigma nought with noise removed, Lee of radius 3, decibels, 8 bits, tiles of 512 x 512 with zstd.
set -euo pipefail
safe=$1 work=$2 threads=${3:-1}
export ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS=$threads OTB_LOGGER_LEVEL=WARNING GDAL_NUM_THREADS=$threads
mkdir -p "$work/tiles"
trap 'rm -rf "$work"/{sigma0,lee,db,byte}.tif "$work/tiles"' EXIT
raster=$(ls "$safe"/measurement/*-001.tiff)
start=$(date +%s.%N)
step() { # name, command...
  local t0 t1 name=$1
  shift
  t0=$(date +%s.%N)
  "$@" >"$work/otb.log" 2>&1 || { cat "$work/otb.log" >&2; exit 1; }
  t1=$(date +%s.%N)
  awk -v n="$name" -v a="$t0" -v b="$t1" 'BEGIN { printf "  %s %.1f s\n", n, b - a }'
}
step calibration otbcli_SARCalibration -in "$raster" -removenoise true -out "$work/sigma0.tif" float -ram 1024
step lee otbcli_Despeckle -in "$work/sigma0.tif" -filter lee -filter.lee.rad 3 -filter.lee.nblooks 4.4 \
  -out "$work/lee.tif" float -ram 1024
step decibels otbcli_BandMath -il "$work/lee.tif" -exp '10*log10(max(im1b1,0.00001))' -out "$work/db.tif" float -ram 1024
step bytes gdal_translate -q -ot Byte -scale -25 5 1 255 "$work/db.tif" "$work/byte.tif"
step tiles gdal_retile.py -ps 512 512 -co COMPRESS=ZSTD -co ZSTD_LEVEL=1 -targetDir "$work/tiles" "$work/byte.tif"
end=$(date +%s.%N)
size=$(gdalinfo "$raster" | sed -n 's/^Size is \([0-9]*\), \([0-9]*\)/\1 \2/p')
awk -v size="$size" -v s="$start" -v e="$end" -v threads="$threads" -v tiles="$(ls "$work/tiles" | wc -l)" 'BEGIN {
  split(size, d, " ")
  printf "otb+gdal lee, %d threads: %.2f MPix/s, %.1f s; %d tiles\n", threads, d[1] * d[2] / (e - s) / 1e6, e - s, tiles
}'
