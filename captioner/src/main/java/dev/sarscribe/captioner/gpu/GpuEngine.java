package dev.sarscribe.captioner.gpu;

import dev.sarscribe.captioner.Precision;
import dev.sarscribe.captioner.gpu.Redistributable.Library;
import dev.sarscribe.captioner.gpu.Redistributable.Loading;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** The engines that run on an NVIDIA GPU, and what each needs beside the driver. */
public enum GpuEngine {
  /** ONNX Runtime's CUDA provider. */
  ONNXRUNTIME_CUDA("onnxruntime-cuda"),

  /** ONNX Runtime's TensorRT provider, with the CUDA provider for what TensorRT does not take. */
  ONNXRUNTIME_TENSORRT("onnxruntime-tensorrt"),

  /** DJL's TensorRT engine on plans that were built before. */
  TENSORRT("tensorrt");

  private final String engineName;

  GpuEngine(String engineName) {
    this.engineName = engineName;
  }

  /** As the configuration spells it. */
  public String engineName() {
    return engineName;
  }

  /** The engine of a name. */
  public static Optional<GpuEngine> named(String name) {
    return Arrays.stream(values()).filter(engine -> engine.engineName.equals(name)).findFirst();
  }

  /** What the engine can compute with: half precision takes TensorRT's compiler. */
  public Set<Precision> precisions() {
    return this == ONNXRUNTIME_CUDA
        ? EnumSet.of(Precision.FP32)
        : EnumSet.of(Precision.FP32, Precision.FP16);
  }

  /** What is installed for the engine, in the order in which its libraries are loaded. */
  public List<Redistributable> redistributables() {
    return switch (this) {
      case ONNXRUNTIME_CUDA -> List.of(Pinned.CUDA_12_6, Pinned.ONNXRUNTIME_GPU);
      case ONNXRUNTIME_TENSORRT ->
          List.of(Pinned.CUDA_12_6, Pinned.TENSORRT_10_6, Pinned.ONNXRUNTIME_GPU);
      case TENSORRT ->
          Stream.concat(
                  Stream.of(Pinned.CUDA_12_3, Pinned.TENSORRT_8_6), Pinned.PLAN_BUILDER.stream())
              .toList();
    };
  }

  /** The archives as Maven Central has them; the order of the libraries is that of their links. */
  private static final class Pinned {
    /** CUDA and cuDNN 8, for TensorRT 8.6. */
    private static final Redistributable CUDA_12_3 =
        new Redistributable(
            "org.bytedeco",
            "cuda",
            "12.3-8.9-1.5.10",
            "linux-x86_64-redist",
            1_992_966_570L,
            "07277dce9589ce58817085b9e1481e4954711cf6",
            "org/bytedeco/cuda/linux-x86_64/",
            List.of(
                new Library("libcudart.so.12", 703_808L, Loading.FIRST),
                new Library("libcublasLt.so.12", 518_358_624L, Loading.FIRST),
                new Library("libcublas.so.12", 106_679_344L, Loading.FIRST),
                new Library("libcudnn_ops_infer.so.8", 90_829_248L, Loading.FIRST),
                new Library("libcudnn_cnn_infer.so.8", 570_673_312L, Loading.FIRST),
                new Library("libcudnn.so.8", 142_008L, Loading.FIRST)));

    /** The last TensorRT that DJL's engine was built for. */
    private static final Redistributable TENSORRT_8_6 =
        new Redistributable(
            "org.bytedeco",
            "tensorrt",
            "8.6-1.5.10",
            "linux-x86_64-redist",
            824_742_093L,
            "abd084b61ac130dbc9938a110cba0774f90c6fd4",
            "org/bytedeco/tensorrt/linux-x86_64/",
            List.of(
                new Library("libnvinfer.so.8", 236_469_056L, Loading.FIRST),
                new Library("libnvinfer_plugin.so.8", 38_236_968L, Loading.FIRST),
                new Library("libnvparsers.so.8", 3_428_816L, Loading.FIRST),
                new Library("libnvonnxparser.so.8", 2_826_576L, Loading.FIRST),
                new Library(
                    "libnvinfer_builder_resource.so.8.6.1", 1_003_289_256L, Loading.TO_COMPILE)));

    /** CUDA and cuDNN 9, for ONNX Runtime. */
    private static final Redistributable CUDA_12_6 =
        new Redistributable(
            "org.bytedeco",
            "cuda",
            "12.6-9.5-1.5.11",
            "linux-x86_64-redist",
            2_026_748_503L,
            "9ab62bca3f54c11ecde4d0190a94d5babe55d3ad",
            "org/bytedeco/cuda/linux-x86_64/",
            List.of(
                new Library("libcudart.so.12", 716_128L, Loading.FIRST),
                new Library("libcublasLt.so.12", 491_102_736L, Loading.FIRST),
                new Library("libcublas.so.12", 108_244_960L, Loading.FIRST),
                new Library("libnvJitLink.so.12", 50_418_984L, Loading.FIRST),
                new Library("libnvrtc-builtins.so.12.6", 5_322_632L, Loading.FIRST),
                new Library("libnvrtc.so.12", 58_057_000L, Loading.FIRST),
                new Library("libcurand.so.10", 96_472_496L, Loading.FIRST),
                new Library("libcufft.so.11", 278_278_504L, Loading.FIRST),
                new Library("libcudnn_graph.so.9", 3_023_856L, Loading.FIRST),
                new Library("libcudnn_ops.so.9", 108_458_976L, Loading.FIRST),
                new Library("libcudnn_engines_runtime_compiled.so.9", 20_084_744L, Loading.FIRST),
                new Library("libcudnn_engines_precompiled.so.9", 437_629_488L, Loading.FIRST),
                new Library("libcudnn_heuristic.so.9", 48_739_088L, Loading.FIRST),
                new Library("libcudnn_adv.so.9", 244_516_648L, Loading.FIRST),
                new Library("libcudnn_cnn.so.9", 4_686_928L, Loading.FIRST),
                new Library("libcudnn.so.9", 125_136L, Loading.FIRST)));

    /** TensorRT 10, for ONNX Runtime, which compiles when it loads a graph. */
    private static final Redistributable TENSORRT_10_6 =
        new Redistributable(
            "org.bytedeco",
            "tensorrt",
            "10.6-1.5.11",
            "linux-x86_64-redist",
            1_090_347_946L,
            "48590cb7a369b82b5c346d31a5af24d90f49b801",
            "org/bytedeco/tensorrt/linux-x86_64/",
            List.of(
                new Library("libnvinfer.so.10", 233_099_232L, Loading.FIRST),
                new Library("libnvinfer_plugin.so.10", 33_439_456L, Loading.FIRST),
                new Library("libnvonnxparser.so.10", 4_066_992L, Loading.FIRST),
                new Library(
                    "libnvinfer_builder_resource.so.10.6.0", 1_430_118_240L, Loading.FIRST)));

    /** ONNX Runtime with its CUDA and TensorRT providers. */
    private static final Redistributable ONNXRUNTIME_GPU =
        new Redistributable(
            "com.microsoft.onnxruntime",
            "onnxruntime_gpu",
            "1.29.0",
            "",
            642_295_340L,
            "f6a342d21686edb54b62682ee3d5658ff6bfbf9a",
            "ai/onnxruntime/native/linux-x64/",
            List.of(
                new Library("libonnxruntime.so", 31_958_904L, Loading.BY_ENGINE),
                new Library("libonnxruntime4j_jni.so", 88_352L, Loading.BY_ENGINE),
                new Library("libonnxruntime_providers_shared.so", 14_632L, Loading.BY_ENGINE),
                new Library("libonnxruntime_providers_cuda.so", 582_659_240L, Loading.BY_ENGINE),
                new Library("libonnxruntime_providers_tensorrt.so", 859_144L, Loading.BY_ENGINE)));

    /** NVIDIA's builder for Java: compiles the plans of the engine tensorrt. */
    private static final List<Redistributable> PLAN_BUILDER =
        List.of(
            binding(
                "tensorrt", "8.6-1.5.10", "", 278_954L, "fd89b0fda291137ae9dff5608ca8a52e569a94e4"),
            binding(
                "tensorrt",
                "8.6-1.5.10",
                "linux-x86_64",
                339_100L,
                "efbce7a5d1377d094839db50a4750e0759b117cd"),
            binding(
                "cuda",
                "12.3-8.9-1.5.10",
                "",
                881_542L,
                "66699c5bc0a0cc080938e79c9ae33996fa049aa9"),
            binding(
                "cuda",
                "12.3-8.9-1.5.10",
                "linux-x86_64",
                7_189_715L,
                "4d0ba25b680f9f8827e98744ef6d55312205239d"),
            binding("javacpp", "1.5.10", "", 506_608L, "afb6ae145e7563c66b677cb4896dd0197d49fce6"),
            binding(
                "javacpp",
                "1.5.10",
                "linux-x86_64",
                26_488L,
                "3648159c3165fd41b65229e6c20e47a021b0d24b"));

    private static Redistributable binding(
        String artifact, String version, String classifier, long bytes, String sha1) {
      return new Redistributable(
          "org.bytedeco", artifact, version, classifier, bytes, sha1, "", List.of());
    }
  }
}
