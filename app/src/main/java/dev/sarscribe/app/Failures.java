package dev.sarscribe.app;

import dev.sarscribe.app.process.CommandFailedException;
import dev.sarscribe.app.process.Logs;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.imagery.SceneException;
import dev.sarscribe.producer.FeedException;
import dev.sarscribe.producer.FencedException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.common.errors.TimeoutException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine;

/** The one place where failures become a message and an exit code. */
final class Failures implements CommandLine.IExecutionExceptionHandler {
  private static final Logger LOG = LoggerFactory.getLogger(Failures.class);

  @Override
  public int handleExecutionException(
      Exception failure, CommandLine command, CommandLine.ParseResult parsed) {
    LOG.error("sarscribe {} failed", command.getCommandName(), failure);
    command.getErr().println("sarscribe: " + describe(failure));
    command.getErr().flush();
    return CommandLine.ExitCode.SOFTWARE;
  }

  /** One line for a person; the log has the rest. */
  static String describe(Throwable failure) {
    if (failure instanceof ExecutionException && failure.getCause() != null) {
      return describe(failure.getCause());
    }
    if (failure instanceof TimeoutException) {
      return "no Kafka broker answers (%s): is --bootstrap-servers right? `sarscribe local` starts one"
          .formatted(failure.getMessage());
    }
    if (failure instanceof UnknownTopicOrPartitionException) {
      return "a topic is missing on the broker: `sarscribe topics --create` creates all of them";
    }
    if (failure instanceof NoSuchFileException e) {
      return e.getFile() + " is not there";
    }
    if (failure instanceof AccessDeniedException e) {
      return e.getFile() + " may not be accessed";
    }
    if (failure instanceof FileAlreadyExistsException e) {
      return e.getFile() + " is there already";
    }
    if (isForPeople(failure) && failure.getMessage() != null) {
      return failure.getMessage().lines().findFirst().orElse("");
    }
    return failure + Logs.file().map(f -> "; details in " + f).orElse("");
  }

  private static boolean isForPeople(Throwable failure) {
    return failure instanceof CommandFailedException
        || failure instanceof CaptionerException
        || failure instanceof SceneException
        || failure instanceof FeedException
        || failure instanceof FencedException
        || failure instanceof IOException;
  }
}
