package dev.sarscribe.imagery.fuzz;

import dev.sarscribe.imagery.SceneException.Reason;
import dev.sarscribe.imagery.product.SmallSafe;
import dev.sarscribe.imagery.tiff.GeoTiffWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Any bytes as one of the XML files of an otherwise sound SAFE, or as the GDAL_METADATA of a sound
 * TIFF. The first byte of an input says which, as a place in {@link #PARTS}.
 */
public final class XmlFuzz {
  /** What can be replaced: files of the SAFE, and the tag. */
  static final List<String> PARTS =
      List.of(
          "manifest.safe",
          "annotation/" + SmallSafe.stem("vv") + ".xml",
          "annotation/calibration/calibration-" + SmallSafe.stem("vv") + ".xml",
          "annotation/calibration/noise-" + SmallSafe.stem("vv") + ".xml",
          "annotation/calibration/noise-" + SmallSafe.stem("vh") + ".xml",
          "GDAL_METADATA");

  private static final Path SAFE = safe();
  private static final byte[] TIFF = tiff();
  private static final List<byte[]> GOOD = PARTS.stream().map(XmlFuzz::good).toList();

  private XmlFuzz() {}

  private static Path safe() {
    try {
      return SmallSafe.write(Contract.folder());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The sound content of a part. */
  static byte[] good(String part) {
    if (part.equals("GDAL_METADATA")) {
      return "<GDALMetadata><Item name=\"PLATFORM\">x</Item></GDALMetadata>"
          .getBytes(StandardCharsets.UTF_8);
    }
    return read(SAFE.resolve(part));
  }

  /** An input that makes a part of the SAFE consist of {@code xml}. */
  static byte[] input(String part, byte[] xml) {
    byte[] input = new byte[xml.length + 1];
    input[0] = (byte) PARTS.indexOf(part);
    System.arraycopy(xml, 0, input, 1, xml.length);
    return input;
  }

  /** Called by the fuzzer with every input. */
  public static void fuzzerTestOneInput(byte[] data) {
    if (data.length > 0) {
      outcome(data);
    }
  }

  static Optional<Reason> outcome(byte[] data) {
    int part = Math.floorMod(data[0], PARTS.size());
    byte[] xml = Arrays.copyOfRange(data, 1, data.length);
    if (PARTS.get(part).equals("GDAL_METADATA")) {
      return Contract.outcome(tiffWith(xml));
    }
    Path file = SAFE.resolve(PARTS.get(part));
    Contract.write(file, xml);
    try {
      return Contract.outcome(SAFE);
    } finally {
      Contract.write(file, GOOD.get(part));
    }
  }

  /** The sound TIFF with its GDAL_METADATA tag made to point at these bytes, put at its end. */
  private static Path tiffWith(byte[] xml) {
    ByteBuffer b = ByteBuffer.allocate(TIFF.length + xml.length).order(ByteOrder.LITTLE_ENDIAN);
    b.put(TIFF).put(xml);
    int directory = b.getInt(4);
    for (int i = 0; i < b.getShort(directory); i++) {
      int entry = directory + 2 + 12 * i;
      if (Short.toUnsignedInt(b.getShort(entry)) == 42112) {
        b.putInt(entry + 4, xml.length).putInt(entry + 8, TIFF.length);
      }
    }
    return Contract.write(SAFE.resolveSibling("fuzz.tif"), b.array());
  }

  private static byte[] tiff() {
    Path path = SAFE.resolveSibling("sound.tif");
    try (GeoTiffWriter w =
        GeoTiffWriter.builder(path, 4, 4).metadata(Map.of("K", "value")).open()) {
      w.writeRows(new byte[16]);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return read(path);
  }

  private static byte[] read(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
