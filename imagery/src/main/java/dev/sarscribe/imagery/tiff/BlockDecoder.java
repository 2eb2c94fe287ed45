package dev.sarscribe.imagery.tiff;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import com.github.luben.zstd.ZstdInputStreamNoFinalizer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Decompresses one TIFF block into a buffer of the size that the header implies: a block that
 * yields less is damaged, what it yields beyond is ignored. Static, thread-safe.
 */
final class BlockDecoder {
  private BlockDecoder() {}

  /** A damaged block; the caller adds file and offset. */
  static final class DamagedBlock extends Exception {
    private static final long serialVersionUID = 1L;

    DamagedBlock(String message) {
      super(message);
    }
  }

  /** The compressions that are read, by the value of tag 259. */
  static boolean knows(int compression) {
    return switch (compression) {
      case 1, 5, 8, 32946, 50000 -> true;
      default -> false;
    };
  }

  /** How a compression that is not read is called. */
  static String nameOf(int compression) {
    return switch (compression) {
      case 2, 3, 4 -> "CCITT fax";
      case 6, 7 -> "JPEG";
      case 32773 -> "PackBits";
      case 34712, 33003, 33005 -> "JPEG 2000";
      case 34887 -> "LERC";
      case 34925 -> "LZMA";
      case 50001 -> "WebP";
      case 50002 -> "JPEG XL";
      default -> "number " + compression;
    };
  }

  /**
   * The most that so many stored bytes can yield: ZSTD repeats a byte 128 KiB at a time in four,
   * the others do less.
   */
  static long most(int compression, long stored) {
    return compression == 1 ? stored : (Math.min(stored, Integer.MAX_VALUE) + 1) << 16;
  }

  /**
   * Decodes {@code src} into {@code dst[0, size)}.
   *
   * @throws DamagedBlock if the data are not what the compression produces, or too few
   */
  static void decode(int compression, byte[] src, byte[] dst, int size) throws DamagedBlock {
    int got =
        switch (compression) {
          case 1 -> copy(src, dst, size);
          case 5 -> lzw(src, dst, size);
          case 8, 32946 -> inflate(src, dst, size);
          case 50000 -> zstd(src, dst, size);
          default -> throw new IllegalArgumentException("compression " + compression);
        };
    if (got < size) {
      throw new DamagedBlock("holds %d of %d bytes".formatted(got, size));
    }
  }

  private static int copy(byte[] src, byte[] dst, int size) {
    int n = Math.min(src.length, size);
    System.arraycopy(src, 0, dst, 0, n);
    return n;
  }

  private static int inflate(byte[] src, byte[] dst, int size) throws DamagedBlock {
    Inflater inflater = new Inflater();
    try {
      inflater.setInput(src);
      int done = 0;
      while (done < size && !inflater.finished()) {
        int n = inflater.inflate(dst, done, size - done);
        if (n == 0) {
          break; // needs more input, or a dictionary that TIFF has not
        }
        done += n;
      }
      return done;
    } catch (DataFormatException e) {
      throw new DamagedBlock("no DEFLATE data: " + e.getMessage());
    } finally {
      inflater.end();
    }
  }

  private static int zstd(byte[] src, byte[] dst, int size) throws DamagedBlock {
    try {
      return (int) Zstd.decompressByteArray(dst, 0, size, src, 0, src.length);
    } catch (ZstdException e) {
      if (e.getErrorCode() == Zstd.errDstSizeTooSmall()) {
        return startOfZstd(src, dst, size);
      }
      throw new DamagedBlock("no ZSTD data: " + e.getMessage());
    }
  }

  /** The slower way, which stops when it has enough. */
  private static int startOfZstd(byte[] src, byte[] dst, int size) throws DamagedBlock {
    try (var stream = new ZstdInputStreamNoFinalizer(new ByteArrayInputStream(src))) {
      return stream.readNBytes(dst, 0, size);
    } catch (IOException e) {
      throw new DamagedBlock("no ZSTD data: " + e.getMessage());
    }
  }

  /**
   * TIFF 6.0 LZW: codes of 9 to 12 bits, most significant bit first, the width growing one code
   * early. Each table entry is the place in the output where its string was first written, so no
   * string is ever copied into the table.
   */
  private static int lzw(byte[] src, byte[] dst, int size) throws DamagedBlock {
    if (src.length >= 2 && src[0] == 0 && (src[1] & 1) == 1) {
      throw new DamagedBlock("old-style LZW of before TIFF 6.0 is not read");
    }
    int[] start = new int[4097];
    int[] length = new int[4097];
    int next = 258;
    int bits = 9;
    long window = 0;
    int held = 0;
    int in = 0;
    int out = 0;
    int lastStart = -1;
    int lastLength = 0;
    while (out < size) {
      while (held < bits) {
        if (in >= src.length) {
          return out;
        }
        window = window << 8 | (src[in++] & 0xFF);
        held += 8;
      }
      int code = (int) (window >>> (held - bits)) & ((1 << bits) - 1);
      held -= bits;
      if (code == 257) {
        return out;
      }
      if (code == 256) {
        next = 258;
        bits = 9;
        lastStart = -1;
        continue;
      }
      int from = out;
      if (code < 256) {
        dst[out++] = (byte) code;
      } else if (lastStart < 0 || code > next || code >= 4096) {
        throw new DamagedBlock("LZW code %d of %d".formatted(code, next));
      } else {
        // The entry being defined right now is the last string and its first byte again: both lie
        // one after the other in the output already.
        int s = code == next ? lastStart : start[code];
        int n = Math.min(code == next ? lastLength + 1 : length[code], size - out);
        for (int i = 0; i < n; i++) { // byte by byte, as the ranges may overlap
          dst[out + i] = dst[s + i];
        }
        out += n;
      }
      if (lastStart >= 0 && next < 4096) {
        start[next] = lastStart;
        length[next] = lastLength + 1;
        next++;
      }
      lastStart = from;
      lastLength = out - from;
      if (next + 1 >= 1 << bits && bits < 12) {
        bits++;
      }
    }
    return out;
  }
}
