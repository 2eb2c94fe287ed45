package dev.sarscribe.app.process;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine;

/** The version of this program and of the Java that runs it. */
public final class Version implements CommandLine.IVersionProvider {
  /** As the build named it. */
  public static String current() {
    try (InputStream in = Version.class.getResourceAsStream("version.properties")) {
      if (in == null) {
        throw new IllegalStateException("resource version.properties is missing");
      }
      Properties properties = new Properties();
      properties.load(in);
      return properties.getProperty("version");
    } catch (IOException e) {
      throw new IllegalStateException("resource version.properties cannot be read", e);
    }
  }

  @Override
  public String[] getVersion() {
    return new String[] {
      "sarscribe " + current(),
      "Java %s (%s)".formatted(Runtime.version(), System.getProperty("java.vendor"))
    };
  }
}
