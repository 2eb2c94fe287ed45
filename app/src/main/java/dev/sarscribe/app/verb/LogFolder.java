package dev.sarscribe.app.verb;

import java.nio.file.Path;

/** A verb that keeps its logs beside its data. */
public interface LogFolder {
  /** Known once the command line is parsed. */
  Path logFolder();
}
