package dev.sarscribe.imagery.fuzz;

import static dev.sarscribe.imagery.fuzz.HandmadeZip.DEFLATED;
import static dev.sarscribe.imagery.fuzz.HandmadeZip.STORED;
import static dev.sarscribe.imagery.fuzz.Hostile.read;
import static dev.sarscribe.imagery.fuzz.Hostile.refused;
import static java.nio.charset.StandardCharsets.UTF_8;

import dev.sarscribe.imagery.SceneException.Reason;
import dev.sarscribe.imagery.product.SmallSafe;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.Deflater;

/** Zips that lie about their entries' names, sizes or content. */
final class HostileZips {
  private static final String FOLDER = SmallSafe.ID + ".SAFE/";
  private static final String MANIFEST = "manifest.safe";
  private static final String RASTER = "measurement/" + SmallSafe.stem("vv") + ".tiff";
  private static final long GIB = 1L << 30;

  private HostileZips() {}

  static List<Hostile> all() {
    Map<String, byte[]> files = HandmadeZip.safe();
    byte[] sound = HandmadeZip.of(FOLDER, files).bytes();
    return List.of(
        read("names-that-climb", HandmadeZip.of("../../../", files).bytes()),
        read("names-from-the-root", HandmadeZip.of("/etc/", files).bytes()),
        read("names-with-backslashes", HandmadeZip.of("..\\..\\x/", files).bytes()),
        refused("manifest-that-climbs", with(files, MANIFEST, climbing()), Reason.CORRUPT),
        refused(
            "no-manifest", HandmadeZip.of(FOLDER, files, MANIFEST).bytes(), Reason.NOT_A_PRODUCT),
        refused("empty-raster", with(files, RASTER, new byte[0]), Reason.MISSING_MEASUREMENT),
        refused("damaged-raster", with(files, RASTER, new byte[9]), Reason.NOT_A_PRODUCT),
        refused("manifest-bomb", bomb(files, MANIFEST, GIB, GIB), Reason.TOO_LARGE),
        refused(
            "manifest-bomb-that-claims-to-be-small",
            bomb(files, MANIFEST, GIB, 100),
            Reason.TOO_LARGE),
        refused("raster-bomb", bomb(files, RASTER, 4 * GIB, 4 * GIB - 1), Reason.TOO_LARGE),
        refused(
            "raster-bomb-that-claims-to-be-small",
            bomb(files, RASTER, 4 * GIB, 100),
            Reason.CORRUPT),
        refused(
            "deflate-of-noise",
            HandmadeZip.of(FOLDER, files, MANIFEST)
                .entry(FOLDER + MANIFEST, DEFLATED, 0, 9, new byte[] {7, 7, 7})
                .bytes(),
            Reason.CORRUPT),
        refused(
            "unknown-method",
            HandmadeZip.of(FOLDER, files, MANIFEST)
                .entry(FOLDER + MANIFEST, 99, 0, 9, new byte[9])
                .bytes(),
            Reason.CORRUPT),
        refused(
            "encrypted",
            HandmadeZip.of(FOLDER, files, MANIFEST)
                .entry(FOLDER + MANIFEST, STORED, 1, 9, new byte[9])
                .bytes(),
            Reason.CORRUPT),
        refused("entries-without-end", endless(files), Reason.TOO_LARGE),
        refused("cut", Arrays.copyOf(sound, sound.length - 30), Reason.CORRUPT),
        refused("no-zip", new byte[100], Reason.CORRUPT));
  }

  private static byte[] climbing() {
    return "<a><fileLocation href='../measurement/x.tiff'/></a>".getBytes(UTF_8);
  }

  private static byte[] with(Map<String, byte[]> files, String name, byte[] data) {
    return HandmadeZip.of(FOLDER, files, name)
        .entry(FOLDER + name, STORED, 0, data.length, data)
        .bytes();
  }

  private static byte[] bomb(Map<String, byte[]> files, String name, long size, long claimed) {
    return HandmadeZip.of(FOLDER, files, name)
        .entry(FOLDER + name, DEFLATED, 0, claimed, spaces(size))
        .bytes();
  }

  /** A DEFLATE stream of blanks: a piece that stands for 32 MiB, over and over. */
  private static byte[] spaces(long size) {
    byte[] piece = new byte[32 << 20];
    Arrays.fill(piece, (byte) ' ');
    byte[] out = new byte[piece.length / 500];
    Deflater d = new Deflater(9, true);
    d.setInput(piece);
    int n = d.deflate(out, 0, out.length, Deflater.FULL_FLUSH);
    d.end();
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (long done = 0; done < size; done += piece.length) {
      all.write(out, 0, n);
    }
    all.writeBytes(new byte[] {3, 0}); // an empty last block
    return all.toByteArray();
  }

  private static byte[] endless(Map<String, byte[]> files) {
    HandmadeZip zip = HandmadeZip.of(FOLDER, files);
    for (int i = 0; i < 10_001; i++) {
      zip.entry("x" + i, STORED, 0, 0, new byte[0]);
    }
    return zip.bytes();
  }
}
