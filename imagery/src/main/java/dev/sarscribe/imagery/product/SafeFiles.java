package dev.sarscribe.imagery.product;

import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.imagery.SceneException.Reason;
import dev.sarscribe.imagery.xml.XmlNode;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.zip.ZipException;
import javax.xml.stream.XMLStreamException;

/**
 * The files of a SAFE, by their place below the folder that holds {@code manifest.safe}. Names are
 * checked first, so that none leads out of it.
 */
interface SafeFiles extends AutoCloseable {
  /** The largest real file, the annotation of an EW scene, is 3 MB. */
  long MAX_XML_BYTES = 32L << 20;

  /** Words of letters, digits, dots, dashes and underscores, none of them only dots. */
  Pattern INSIDE = Pattern.compile("(?:(?!\\.+(?:/|$))[A-Za-z0-9._-]+/)*(?!\\.+$)[A-Za-z0-9._-]+");

  /** The product's own path, for messages. */
  Path path();

  /** Size in bytes, or empty if there is no such file. */
  Optional<Long> size(String name) throws SceneException;

  /** Opens a file that is there. */
  InputStream stream(String name) throws IOException;

  /** A path under which an existing raster can be read at random until this is closed. */
  Path raster(String name) throws SceneException;

  @Override
  void close() throws SceneException;

  /** The name without {@code ./}, or a CORRUPT failure if it leads outside. */
  static String inside(String href, Path product) throws SceneException {
    String name = href.startsWith("./") ? href.substring(2) : href;
    if (name.length() > 1000 || !INSIDE.matcher(name).matches()) {
      throw new SceneException(
          Reason.CORRUPT, product, "manifest names a file outside the product");
    }
    return name;
  }

  /** Parses an XML file that is there. */
  default XmlNode xml(String name) throws SceneException {
    try (InputStream in = new Bounded(stream(name), MAX_XML_BYTES)) {
      return XmlNode.parse(in);
    } catch (XMLStreamException e) {
      if (e.getNestedException() instanceof IOException io) {
        throw unreadable(name, io); // the parser wraps what its stream throws
      }
      String cause = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      throw new SceneException(Reason.CORRUPT, path(), name + " is no XML: " + cause, e);
    } catch (IOException e) {
      throw unreadable(name, e);
    }
  }

  /**
   * A file that broke off while it was read, told as what it is: too long, damaged, or the disk.
   */
  default SceneException unreadable(String name, IOException e) {
    Reason reason =
        e instanceof TooLong
            ? Reason.TOO_LARGE
            : e instanceof ZipException || e instanceof EOFException
                ? Reason.CORRUPT
                : Reason.IO_ERROR;
    return new SceneException(reason, path(), name + ": " + e.getMessage(), e);
  }

  /** A file longer than any of its kind. */
  final class TooLong extends IOException {
    private static final long serialVersionUID = 1L;

    TooLong(String message) {
      super(message);
    }
  }

  /** A stream that fails rather than deliver more than a limit. */
  final class Bounded extends java.io.FilterInputStream {
    private long left;

    Bounded(InputStream in, long limit) {
      super(in);
      this.left = limit;
    }

    @Override
    public int read() throws IOException {
      int b = super.read();
      spend(b < 0 ? 0 : 1);
      return b;
    }

    @Override
    public int read(byte[] b, int off, int len) throws IOException {
      int n = super.read(b, off, len);
      spend(Math.max(0, n));
      return n;
    }

    private void spend(int n) throws IOException {
      left -= n;
      if (left < 0) {
        throw new TooLong("longer than its limit");
      }
    }
  }

  /** A SAFE as a folder. */
  record Folder(Path path) implements SafeFiles {
    @Override
    public Optional<Long> size(String name) throws SceneException {
      Path file = path.resolve(name);
      try {
        return Files.isRegularFile(file) ? Optional.of(Files.size(file)) : Optional.empty();
      } catch (IOException e) {
        throw new SceneException(Reason.IO_ERROR, path, name + ": " + e.getMessage(), e);
      }
    }

    @Override
    public InputStream stream(String name) throws IOException {
      return Files.newInputStream(path.resolve(name));
    }

    @Override
    public Path raster(String name) {
      return path.resolve(name);
    }

    @Override
    public void close() {
      // holds nothing open
    }
  }
}
