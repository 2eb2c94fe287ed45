package dev.sarscribe.app.process;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.encoder.JsonEncoder;
import ch.qos.logback.classic.encoder.PatternLayoutEncoder;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.Encoder;
import ch.qos.logback.core.rolling.FixedWindowRollingPolicy;
import ch.qos.logback.core.rolling.RollingFileAppender;
import ch.qos.logback.core.rolling.SizeBasedTriggeringPolicy;
import ch.qos.logback.core.util.FileSize;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.bridge.SLF4JBridgeHandler;

/** Where log messages go, and in which form: a rolling file, or standard error if asked for. */
public final class Logs {
  private static final String NAME = "sarscribe.log";
  private static final int KEPT_FILES = 3;
  private static final FileSize MAX_FILE_SIZE = FileSize.valueOf("20MB");
  private static volatile Optional<Path> current = Optional.empty();

  private Logs() {}

  /** The form of a message. */
  public enum Format {
    /** A line for people. */
    TEXT,

    /** A JSON object, with the acquisition and the tile in its {@code mdc}. */
    JSON
  }

  /** Where messages go. */
  public enum Target {
    /** A rolling file in the folder of the verb. */
    FILE,

    /** Standard error, which containers collect. */
    STDERR
  }

  /** The folder of verbs that have no data folder: XDG's place for state. */
  public static Path defaultFolder() {
    String state = System.getenv("XDG_STATE_HOME");
    Path base =
        state == null || state.isBlank()
            ? Path.of(System.getProperty("user.home"), ".local", "state")
            : Path.of(state);
    return base.resolve("sarscribe");
  }

  /** The file that messages go to, if any. */
  public static Optional<Path> file() {
    return current;
  }

  /**
   * Sends all messages from here on to their target; without a folder that can be written, to
   * nowhere.
   */
  public static void write(Format format, Target target, Path folder) {
    if (!(LoggerFactory.getILoggerFactory() instanceof LoggerContext context)) {
      return;
    }
    SLF4JBridgeHandler.removeHandlersForRootLogger();
    SLF4JBridgeHandler.install();
    current = Optional.empty();
    var root = context.getLogger(Logger.ROOT_LOGGER_NAME);
    if (target == Target.STDERR) {
      root.detachAndStopAllAppenders();
      root.addAppender(console(context, encoder(context, format)));
      return;
    }
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      return;
    }
    root.detachAndStopAllAppenders();
    root.addAppender(rolling(context, encoder(context, format), folder));
    current = Optional.of(folder.resolve(NAME));
  }

  private static Encoder<ILoggingEvent> encoder(LoggerContext context, Format format) {
    if (format == Format.JSON) {
      var encoder = new JsonEncoder();
      encoder.setContext(context);
      encoder.setWithFormattedMessage(true);
      // The message is whole without them; arguments may be long.
      encoder.setWithMessage(false);
      encoder.setWithArguments(false);
      encoder.setWithContext(false);
      encoder.setWithSequenceNumber(false);
      encoder.setWithNanoseconds(false);
      encoder.start();
      return encoder;
    }
    var encoder = new PatternLayoutEncoder();
    encoder.setContext(context);
    encoder.setCharset(StandardCharsets.UTF_8);
    encoder.setPattern(
        "%d{yyyy-MM-dd'T'HH:mm:ss.SSSXXX,UTC} %-5level [%thread] %logger{36} %msg%n");
    encoder.start();
    return encoder;
  }

  private static Appender<ILoggingEvent> console(
      LoggerContext context, Encoder<ILoggingEvent> encoder) {
    var appender = new ConsoleAppender<ILoggingEvent>();
    appender.setContext(context);
    appender.setTarget("System.err");
    appender.setEncoder(encoder);
    appender.start();
    return appender;
  }

  private static Appender<ILoggingEvent> rolling(
      LoggerContext context, Encoder<ILoggingEvent> encoder, Path folder) {
    var appender = new RollingFileAppender<ILoggingEvent>();
    appender.setContext(context);
    appender.setFile(folder.resolve(NAME).toString());

    appender.setEncoder(encoder);

    var rolling = new FixedWindowRollingPolicy();
    rolling.setContext(context);
    rolling.setParent(appender);
    rolling.setFileNamePattern(folder.resolve(NAME) + ".%i.gz");
    rolling.setMinIndex(1);
    rolling.setMaxIndex(KEPT_FILES);
    rolling.start();
    appender.setRollingPolicy(rolling);

    var trigger = new SizeBasedTriggeringPolicy<ILoggingEvent>();
    trigger.setContext(context);
    trigger.setMaxFileSize(MAX_FILE_SIZE);
    trigger.start();
    appender.setTriggeringPolicy(trigger);
    appender.start();
    return appender;
  }
}
