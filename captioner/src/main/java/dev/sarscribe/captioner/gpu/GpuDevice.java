package dev.sarscribe.captioner.gpu;

import com.sun.jna.NativeLibrary;
import com.sun.jna.ptr.IntByReference;
import com.sun.jna.ptr.LongByReference;
import dev.sarscribe.captioner.CaptionerException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * The GPU that the engines use: the first that CUDA counts ({@code CUDA_VISIBLE_DEVICES} chooses).
 *
 * @param name as NVIDIA spells it
 * @param computeCapability for instance {@code 9.0}
 * @param cudaVersion the newest that the driver knows, for instance {@code 12.4}
 * @param memoryBytes of the device
 */
public record GpuDevice(
    String name, String computeCapability, String cudaVersion, long memoryBytes) {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  /** What the libraries were built with: any driver from 525 on. */
  private static final int MIN_CUDA = 12_000;

  private static final int MAX_NAME_BYTES = 256;
  private static final int COMPUTE_CAPABILITY_MAJOR = 75;
  private static final int COMPUTE_CAPABILITY_MINOR = 76;
  private static final int FIELDS = 4;

  /**
   * Asks the driver in a JVM of its own.
   *
   * @throws CaptionerException with one line if there is no GPU that an engine can use
   */
  public static GpuDevice detect() throws CaptionerException {
    String system = System.getProperty("os.name") + " " + System.getProperty("os.arch");
    if (!system.equals("Linux amd64")) {
      throw new CaptionerException("GPU engines are for Linux on x86-64; this is " + system);
    }
    return parse(new ChildJvm(GpuDevice.class, List.of(), List.of(), Map.of(), LIMIT).run());
  }

  /** The child's side of {@link #detect}. */
  public static void main(String[] arguments) throws IOException {
    ChildJvm.answer(arguments, () -> ask().line());
  }

  private static GpuDevice ask() throws CaptionerException {
    NativeLibrary cuda = driver();
    int rc = call(cuda, "cuInit", 0);
    if (rc != 0) {
      throw new CaptionerException("the NVIDIA driver does not start: cuInit returns " + rc);
    }
    int version = number(cuda, "cuDriverGetVersion");
    if (version < MIN_CUDA) {
      throw new CaptionerException(
          "the NVIDIA driver is for CUDA %s; CUDA 12 needs driver 525 or newer"
              .formatted(version(version)));
    }
    if (number(cuda, "cuDeviceGetCount") == 0) {
      throw new CaptionerException("the NVIDIA driver knows no GPU (CUDA_VISIBLE_DEVICES?)");
    }
    byte[] name = new byte[MAX_NAME_BYTES];
    require("cuDeviceGetName", call(cuda, "cuDeviceGetName", name, name.length, 0));
    LongByReference memory = new LongByReference();
    require("cuDeviceTotalMem", call(cuda, "cuDeviceTotalMem_v2", memory, 0));
    String capability =
        attribute(cuda, COMPUTE_CAPABILITY_MAJOR) + "." + attribute(cuda, COMPUTE_CAPABILITY_MINOR);
    return new GpuDevice(
        new String(name, StandardCharsets.UTF_8).replaceAll("\0.*", "").strip(),
        capability,
        version(version),
        memory.getValue());
  }

  private static NativeLibrary driver() throws CaptionerException {
    try {
      return NativeLibraries.open("libcuda.so.1");
    } catch (UnsatisfiedLinkError e) {
      throw new CaptionerException(
          "no NVIDIA driver (%s); an NVIDIA GPU with its driver is needed"
              .formatted(NativeLibraries.reason(e)),
          e);
    }
  }

  private static int attribute(NativeLibrary cuda, int attribute) throws CaptionerException {
    IntByReference value = new IntByReference();
    require("cuDeviceGetAttribute", call(cuda, "cuDeviceGetAttribute", value, attribute, 0));
    return value.getValue();
  }

  private static int number(NativeLibrary cuda, String function) throws CaptionerException {
    IntByReference value = new IntByReference();
    require(function, call(cuda, function, value));
    return value.getValue();
  }

  private static int call(NativeLibrary cuda, String function, Object... arguments) {
    return cuda.getFunction(function).invokeInt(arguments);
  }

  private static void require(String function, int rc) throws CaptionerException {
    if (rc != 0) {
      throw new CaptionerException(
          "the NVIDIA driver fails: %s returns %d".formatted(function, rc));
    }
  }

  private static String version(int number) {
    return number / 1000 + "." + number % 1000 / 10;
  }

  private String line() {
    return String.join("\t", name, computeCapability, cudaVersion, Long.toString(memoryBytes));
  }

  private static GpuDevice parse(String line) throws CaptionerException {
    String[] fields = line.split("\t", -1);
    if (fields.length != FIELDS) {
      throw new CaptionerException("the NVIDIA driver gives no sense: " + line);
    }
    return new GpuDevice(fields[0], fields[1], fields[2], Long.parseLong(fields[3]));
  }

  /** For a person: name, compute capability, memory, CUDA version. */
  public String description() {
    return "%s, compute capability %s, %d GiB, driver for CUDA %s"
        .formatted(name, computeCapability, memoryBytes >> 30, cudaVersion);
  }
}
