package dev.sarscribe.producer;

import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.nio.file.PathMatcher;
import java.util.List;

/**
 * Chooses paths below a folder by glob patterns. A pattern with a slash is matched with the path
 * relative to the folder, one without with the file name. Immutable.
 */
public final class PathFilter {
  /** Everything. */
  public static final PathFilter ALL = new PathFilter(List.of(), List.of());

  private record Pattern(boolean wholePath, PathMatcher matcher) {
    static Pattern of(String glob) {
      return new Pattern(
          glob.contains("/"), FileSystems.getDefault().getPathMatcher("glob:" + glob));
    }

    boolean matches(Path relative) {
      Path name = relative.getFileName();
      return matcher.matches(wholePath || name == null ? relative : name);
    }
  }

  private final List<Pattern> include;
  private final List<Pattern> exclude;

  /**
   * @param include products must match one of these; none means all
   * @param exclude files and folders that match are passed over
   * @throws IllegalArgumentException if a pattern is none
   */
  public PathFilter(List<String> include, List<String> exclude) {
    this.include = include.stream().map(Pattern::of).toList();
    this.exclude = exclude.stream().map(Pattern::of).toList();
  }

  boolean excludes(Path relative) {
    return exclude.stream().anyMatch(p -> p.matches(relative));
  }

  boolean includes(Path relative) {
    return include.isEmpty() || include.stream().anyMatch(p -> p.matches(relative));
  }
}
