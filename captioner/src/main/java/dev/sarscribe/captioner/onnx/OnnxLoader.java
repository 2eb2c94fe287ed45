package dev.sarscribe.captioner.onnx;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.OrtSession.SessionOptions;
import ai.onnxruntime.TensorInfo;
import dev.sarscribe.captioner.CaptionerException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Loads graphs with ONNX Runtime. */
record OnnxLoader(Options options) implements GraphLoader {
  /** What a session is opened with; made anew for each. */
  @FunctionalInterface
  interface Options {
    SessionOptions open() throws OrtException;
  }

  /**
   * Graphs on the CPU.
   *
   * @param threads within one inference; idle ones sleep instead of spinning
   */
  static OnnxLoader cpu(int threads) {
    return new OnnxLoader(() -> cpuOptions(threads));
  }

  /**
   * Reads the types and shapes of a file's inputs, which the library above ONNX Runtime does not
   * tell; what is free in a shape is negative. The file is loaded for it, but not optimised.
   *
   * @throws CaptionerException if the file is no graph
   */
  static Map<String, TensorInfo> describeInputs(Path file) throws CaptionerException {
    DjlRuntime.engine();
    Map<String, TensorInfo> inputs = new HashMap<>();
    try (SessionOptions options = cpuOptions(1)) {
      options.setOptimizationLevel(SessionOptions.OptLevel.NO_OPT);
      try (OrtSession session =
          OrtEnvironment.getEnvironment().createSession(file.toString(), options)) {
        for (NodeInfo input : session.getInputInfo().values()) {
          if (input.getInfo() instanceof TensorInfo tensor) {
            inputs.put(input.getName(), tensor);
          }
        }
      }
    } catch (OrtException e) {
      throw new CaptionerException(file + " cannot be loaded: " + e.getMessage(), e);
    }
    return inputs;
  }

  /**
   * Whether a file's graph may have an operator, which no library tells: its name stands in the
   * file as it is.
   */
  static boolean mentions(Path file, String operator) throws CaptionerException {
    byte[] name = operator.getBytes(StandardCharsets.US_ASCII);
    byte[] buffer = new byte[1 << 16];
    int kept = 0;
    try (InputStream in = Files.newInputStream(file)) {
      for (int read = in.read(buffer); read >= 0; ) {
        int length = kept + read;
        for (int at = 0; at + name.length <= length; at++) {
          if (buffer[at] == name[0]
              && Arrays.equals(buffer, at, at + name.length, name, 0, name.length)) {
            return true;
          }
        }
        kept = Math.min(length, name.length - 1);
        System.arraycopy(buffer, length - kept, buffer, 0, kept);
        read = in.read(buffer, kept, buffer.length - kept);
      }
      return false;
    } catch (IOException e) {
      throw new CaptionerException(file + " cannot be read: " + e, e);
    }
  }

  private static SessionOptions cpuOptions(int threads) throws OrtException {
    SessionOptions options = new SessionOptions();
    options.setIntraOpNumThreads(threads);
    options.addConfigEntry("session.intra_op.allow_spinning", "0");
    // Every step has other shapes, so that no memory plan would be used twice.
    options.setMemoryPatternOptimization(false);
    return options;
  }

  @Override
  public Loaded load(Path file) throws CaptionerException {
    String name = file.getFileName().toString();
    // To DJL every graph is on the CPU, which is where its arrays are: on another device it would
    // add a provider with options of its own.
    Model model = DjlRuntime.engine().newModel(name, Device.cpu());
    try (SessionOptions session = options.open()) {
      model.load(file.toAbsolutePath().getParent(), name, Map.of("sessionOptions", session));
      return new Loaded(model, List.copyOf(model.getBlock().describeInput().keys()));
    } catch (IOException | MalformedModelException | OrtException | RuntimeException e) {
      model.close();
      Throwable reason = e.getCause() == null ? e : e.getCause();
      throw new CaptionerException(file + " cannot be loaded: " + reason.getMessage(), e);
    }
  }
}
