package dev.sarscribe.captioner.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.jna.NativeLibrary;
import dev.sarscribe.captioner.CaptionerException;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class ChildJvmTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  /** Does what its argument says. */
  static final class Child {
    public static void main(String[] arguments) throws IOException {
      ChildJvm.answer(arguments, () -> act(arguments[1]));
    }

    private static String act(String what) throws Exception {
      switch (what) {
        case "abort" -> {
          System.err.println("CUDA error 35: driver too old");
          NativeLibrary.getProcess().getFunction("abort").invokeVoid(new Object[0]);
        }
        case "exit" -> Runtime.getRuntime().halt(127);
        case "refuse" -> throw new CaptionerException("libcublas.so.12 does not load:\n no file");
        case "link" -> throw new NoClassDefFoundError("TrtEngine");
        case "sleep" -> Thread.sleep(60_000);
        default -> {
          return what + " " + System.getenv("CHILD_TEST");
        }
      }
      return "";
    }
  }

  @Test
  void theAnswerComesBackWhateverIsPrinted() throws Exception {
    assertThat(run("hello", LIMIT)).isEqualTo("hello there");
  }

  @Test
  @EnabledOnOs(OS.LINUX)
  void aProcessThatAbortsBecomesOneLineWithWhatItSaid() {
    assertThatThrownBy(() -> run("abort", LIMIT))
        .isInstanceOf(CaptionerException.class)
        .hasMessageContaining("SIGABRT ended it (exit code 134): CUDA error 35: driver too old")
        .message()
        .hasLineCount(1);
  }

  @Test
  void anExitWithoutAnAnswerIsReportedByItsCode() {
    assertThatThrownBy(() -> run("exit", LIMIT)).hasMessageContaining("exit code 127");
  }

  @Test
  void theChildsOwnReasonIsGivenInOneLine() {
    assertThatThrownBy(() -> run("refuse", LIMIT))
        .hasMessage("libcublas.so.12 does not load: no file");
    assertThatThrownBy(() -> run("link", LIMIT)).hasMessageContaining("TrtEngine");
  }

  @Test
  void aChildThatHangsIsEnded() {
    assertThatThrownBy(() -> run("sleep", Duration.ofSeconds(2)))
        .hasMessageContaining("it did not end within 2 s");
  }

  private static String run(String what, Duration limit) throws CaptionerException {
    return new ChildJvm(
            Child.class,
            List.of(what),
            List.<Path>of(),
            Map.of("CHILD_TEST", "there", "JAVA_TOOL_OPTIONS", "-Dx=y"),
            limit)
        .run();
  }
}
