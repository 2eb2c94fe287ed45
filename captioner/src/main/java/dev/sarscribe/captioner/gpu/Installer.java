package dev.sarscribe.captioner.gpu;

import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.gpu.Redistributable.Library;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Brings the libraries of GPU engines into their folder. What is there already is not fetched
 * again; a library appears under its name only when it is whole.
 *
 * @param folder where they go
 * @param repository where they come from
 * @param pause before a failed request is made again
 */
public record Installer(GpuFolder folder, Repository repository, Duration pause) {
  private static final int BUFFER_BYTES = 1 << 20;

  /** Told what happens, from the calling thread. */
  public interface Progress {
    /** So many bytes of an archive are there. */
    void fetched(Redistributable archive, long bytes);

    /** An archive's libraries are in place. */
    void installed(Redistributable archive);
  }

  /** With a pause of a second. */
  public Installer(GpuFolder folder, Repository repository) {
    this(folder, repository, Duration.ofSeconds(1));
  }

  /** The archives that the engines need and the folder lacks. */
  public List<Redistributable> missing(Collection<GpuEngine> engines) {
    LinkedHashSet<Redistributable> missing = new LinkedHashSet<>();
    for (GpuEngine engine : engines) {
      engine.redistributables().stream().filter(a -> !folder.has(a)).forEach(missing::add);
    }
    return List.copyOf(missing);
  }

  /**
   * Fetches archives and unpacks them, one after the other.
   *
   * @throws CaptionerException naming what cannot be fetched or written; what is complete stays,
   *     and the next call goes on from there
   */
  public void install(List<Redistributable> archives, Progress progress)
      throws CaptionerException, InterruptedException {
    try {
      Files.createDirectories(folder.root());
      try (FileChannel channel =
              FileChannel.open(
                  folder.root().resolve(".lock"),
                  StandardOpenOption.CREATE,
                  StandardOpenOption.WRITE);
          FileLock lock = channel.tryLock()) {
        if (lock == null) {
          throw new CaptionerException("another process installs into " + folder.root());
        }
        requireSpace(archives);
        for (Redistributable archive : archives) {
          install(archive, progress);
        }
      }
    } catch (IOException e) {
      throw new CaptionerException(
          "%s cannot be written: %s".formatted(folder.root(), e.getMessage()), e);
    }
  }

  /** All that is unpacked, and the largest archive beside it. */
  private void requireSpace(List<Redistributable> archives) throws IOException, CaptionerException {
    long needed =
        archives.stream().mapToLong(Redistributable::installedBytes).sum()
            + archives.stream().mapToLong(Redistributable::bytes).max().orElse(0);
    long free = Files.getFileStore(folder.root()).getUsableSpace();
    if (free < needed) {
      throw new CaptionerException(
          "%s has %d MiB of free space; %d MiB are needed: choose another folder with --dir"
              .formatted(folder.root(), free >> 20, needed >> 20));
    }
  }

  private void install(Redistributable archive, Progress progress)
      throws CaptionerException, InterruptedException, IOException {
    Path place = Files.createDirectories(folder.place(archive));
    Path file =
        archive.isKeptWhole()
            ? place.resolve(archive.fileName())
            : folder.root().resolve("download").resolve(archive.fileName());
    Download download = new Download(repository.of(archive), archive, file, pause);
    download.run(bytes -> progress.fetched(archive, bytes));
    if (!archive.isKeptWhole()) {
      unpack(archive, file, place);
      Files.delete(file);
    }
    progress.installed(archive);
  }

  /** Only the libraries that are wanted are read, so that no entry's own name is ever a path. */
  private static void unpack(Redistributable archive, Path file, Path place)
      throws IOException, CaptionerException {
    try (ZipFile zip = new ZipFile(file.toFile())) {
      for (Library library : archive.libraries()) {
        ZipEntry entry = zip.getEntry(archive.folder() + library.name());
        if (entry == null || entry.getSize() != library.bytes()) {
          throw new CaptionerException(
              "%s holds no %s of %d bytes"
                  .formatted(archive.fileName(), library.name(), library.bytes()));
        }
        Path part = place.resolve(library.name() + ".part");
        try (InputStream in = zip.getInputStream(entry)) {
          copy(in, part, library);
        }
        Files.move(part, place.resolve(library.name()), StandardCopyOption.REPLACE_EXISTING);
      }
    }
  }

  private static void copy(InputStream in, Path part, Library library)
      throws IOException, CaptionerException {
    byte[] buffer = new byte[BUFFER_BYTES];
    long left = library.bytes();
    try (OutputStream out = Files.newOutputStream(part)) {
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        left -= read;
        if (left < 0) {
          break;
        }
        out.write(buffer, 0, read);
      }
    }
    if (left != 0) {
      throw new CaptionerException(
          "%s does not have the %d bytes that its archive says"
              .formatted(library.name(), library.bytes()));
    }
  }
}
