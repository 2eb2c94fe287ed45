package dev.sarscribe.app.verb;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** A number of bytes as people write it: {@code 500M}, {@code 20G}; units are powers of 1024. */
record ByteSize(long bytes) {
  private static final Pattern SHAPE = Pattern.compile("(\\d{1,12})\\s*([KMGT]?)(?:I?B)?");

  /** For picocli. */
  static final class Converter implements ITypeConverter<ByteSize> {
    @Override
    public ByteSize convert(String text) {
      return of(text);
    }
  }

  static ByteSize of(String text) {
    Matcher m = SHAPE.matcher(text.strip().toUpperCase(Locale.ROOT));
    if (!m.matches()) {
      throw new TypeConversionException("'%s' is no size: write it as 500M or 20G".formatted(text));
    }
    int shift = m.group(2).isEmpty() ? 0 : 10 * ("KMGT".indexOf(m.group(2)) + 1);
    try {
      long bytes = Math.multiplyExact(Long.parseLong(m.group(1)), 1L << shift);
      if (bytes > 0) {
        return new ByteSize(bytes);
      }
    } catch (ArithmeticException e) {
      // said below
    }
    throw new TypeConversionException("'%s' is no size that a disk has".formatted(text));
  }
}
