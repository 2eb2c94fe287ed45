package dev.sarscribe.captioner.gpu;

import java.util.List;
import java.util.regex.Pattern;

/**
 * An archive of a Maven repository from which native libraries are taken, as it was published: its
 * size and digest are part of this program, so that no repository can give another one.
 *
 * @param group with dots
 * @param artifact its name
 * @param version its version
 * @param classifier empty for none
 * @param bytes of the archive
 * @param sha1 40 hex digits, the digest that the repository itself publishes
 * @param folder inside of the archive, ending with a slash; empty if the archive is kept whole
 * @param libraries in the order in which they are loaded; none if the archive is kept whole
 */
public record Redistributable(
    String group,
    String artifact,
    String version,
    String classifier,
    long bytes,
    String sha1,
    String folder,
    List<Library> libraries) {

  private static final Pattern SHA1 = Pattern.compile("[0-9a-f]{40}");
  private static final Pattern WORD = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]*");

  public Redistributable {
    libraries = List.copyOf(libraries);
    boolean named =
        List.of(group, artifact, version).stream().allMatch(w -> WORD.matcher(w).matches());
    if (!named || !SHA1.matcher(sha1).matches() || bytes < 1) {
      throw new IllegalArgumentException("no coordinates of an archive: " + artifact);
    }
  }

  /** How a library comes into the process. */
  public enum Loading {
    /** Before the engine, with its symbols open to all. */
    FIRST,
    /** By the engine itself. */
    BY_ENGINE,
    /** Only where a graph is compiled. */
    TO_COMPILE
  }

  /**
   * A shared library.
   *
   * @param name of the file, which is also the name that others link against
   * @param bytes unpacked
   * @param loading how it comes into the process
   */
  public record Library(String name, long bytes, Loading loading) {
    public Library {
      if (!WORD.matcher(name).matches() || bytes < 1) {
        throw new IllegalArgumentException("no library: " + name);
      }
    }
  }

  /** The archive's own file name. */
  public String fileName() {
    String suffix = classifier.isEmpty() ? "" : "-" + classifier;
    return artifact + "-" + version + suffix + ".jar";
  }

  /** Where a repository has the archive, below its base address. */
  public String path() {
    return String.join("/", group.replace('.', '/'), artifact, version, fileName());
  }

  /** Whether the archive itself is what is wanted. */
  public boolean isKeptWhole() {
    return libraries.isEmpty();
  }

  /** Bytes that it takes once it is installed. */
  public long installedBytes() {
    return isKeptWhole() ? bytes : libraries.stream().mapToLong(Library::bytes).sum();
  }
}
