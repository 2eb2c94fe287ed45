package dev.sarscribe.imagery.product;

import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.imagery.SceneException.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * Opens rasters of other formats (NITF, JPEG 2000, ENVI, ERDAS, netCDF, Idrisi) through GDAL's
 * {@code gdal_translate}, run as a child process into a temporary GeoTIFF that is deleted when the
 * product is closed. Where it is not installed, such files are refused with a hint. The child may
 * take 4 minutes and 32 GiB of disk.
 *
 * <p>GDAL goes by a file's content, and some of its formats (VRT, web services) are references to
 * any other file or address. So it is told which driver a name's ending stands for, and those are
 * not among them.
 */
public final class GdalTranslateReader implements ProductReader {
  private static final Map<String, List<String>> DRIVERS =
      Map.of(
          "ntf", List.of("NITF"),
          "nitf", List.of("NITF"),
          "jp2", List.of("JP2OpenJPEG"),
          "img", List.of("HFA", "ENVI"),
          "nc", List.of("netCDF"),
          "rst", List.of("RST"));
  private static final Duration GLANCE = Duration.ofMillis(100);

  private final String program;
  private final Duration mostTime;
  private final long mostBytes;

  public GdalTranslateReader() {
    this("gdal_translate", Duration.ofMinutes(4), 32L << 30);
  }

  GdalTranslateReader(String program, Duration mostTime, long mostBytes) {
    this.program = program;
    this.mostTime = mostTime;
    this.mostBytes = mostBytes;
  }

  @Override
  public boolean supports(Path path) {
    return DRIVERS.containsKey(ending(path));
  }

  private static String ending(Path path) {
    String name = String.valueOf(path.getFileName()).toLowerCase(Locale.ROOT);
    return name.substring(name.lastIndexOf('.') + 1);
  }

  @Override
  public Product open(Path path) throws SceneException {
    Path folder = temporaryFolder(path);
    boolean opened = false;
    try {
      Path converted = folder.resolve("converted.tif");
      translate(path, converted);
      Product product =
          new OwningProduct(GeoTiffReader.open(converted, path), () -> delete(folder));
      opened = true;
      return product;
    } catch (IOException e) {
      throw new SceneException(Reason.IO_ERROR, path, "converting: " + e.getMessage(), e);
    } catch (SceneException e) {
      throw e.within(path, "through GDAL");
    } finally {
      if (!opened) {
        delete(folder);
      }
    }
  }

  private static Path temporaryFolder(Path path) throws SceneException {
    try {
      return Files.createTempDirectory("sarscribe-gdal-");
    } catch (IOException e) {
      throw new SceneException(Reason.IO_ERROR, path, "no temporary folder: " + e.getMessage(), e);
    }
  }

  private void translate(Path from, Path to) throws SceneException, IOException {
    Path log = to.resolveSibling("log");
    Process process = start(from, to, log);
    try {
      await(process, from, to.getParent());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      process.destroyForcibly().onExit().join(); // before its folder is deleted
    }
    if (process.exitValue() != 0) {
      throw new SceneException(Reason.CORRUPT, from, program + ": " + startOf(log));
    }
  }

  private Process start(Path from, Path to, Path log) throws SceneException {
    List<String> command = new ArrayList<>(List.of(program, "-q"));
    for (String driver : DRIVERS.get(ending(from))) {
      command.addAll(List.of("-if", driver));
    }
    command.addAll(List.of("-of", "GTiff", "-co", "BIGTIFF=IF_SAFER"));
    command.addAll(List.of(from.toAbsolutePath().toString(), to.toString()));
    try {
      ProcessBuilder child =
          new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
      child.environment().put("CPL_VSIL_CURL_ALLOWED_EXTENSIONS", "{none}");
      return child.start();
    } catch (IOException e) {
      throw new SceneException(
          Reason.UNSUPPORTED,
          from,
          "needs gdal_translate: install GDAL (Debian: gdal-bin) or convert it to GeoTIFF",
          e);
    }
  }

  /** Waits for the end, glancing at what the child has written. */
  private void await(Process process, Path from, Path folder)
      throws SceneException, IOException, InterruptedException {
    long end = System.nanoTime() + mostTime.toNanos();
    while (!process.waitFor(GLANCE.toMillis(), TimeUnit.MILLISECONDS)) {
      if (System.nanoTime() - end > 0) {
        throw new SceneException(
            Reason.TOO_LARGE, from, "took over %d s".formatted(mostTime.toSeconds()));
      }
      if (bytesIn(folder) > mostBytes) {
        throw new SceneException(
            Reason.TOO_LARGE, from, "became over %d MiB".formatted(mostBytes >> 20));
      }
    }
  }

  private static long bytesIn(Path folder) throws IOException {
    long sum = 0;
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        // The child may rename or delete its scratch files at any time.
        sum += file.toFile().length();
      }
    }
    return sum;
  }

  private static String startOf(Path log) throws IOException {
    try (InputStream in = Files.newInputStream(log)) {
      String said = new String(in.readNBytes(300), StandardCharsets.UTF_8).strip();
      return said.lines().findFirst().orElse("no reason given");
    }
  }

  private static void delete(Path folder) throws SceneException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(folder)) {
      for (Path file : files) {
        Files.deleteIfExists(file);
      }
      Files.delete(folder);
    } catch (IOException e) {
      throw new SceneException(Reason.IO_ERROR, folder, "cannot be deleted", e);
    }
  }
}
