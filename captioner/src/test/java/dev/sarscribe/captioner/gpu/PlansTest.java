package dev.sarscribe.captioner.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.ModelFolder;
import dev.sarscribe.captioner.Precision;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PlansTest {
  private static final GpuDevice H100 =
      new GpuDevice("NVIDIA H100 80GB HBM3", "9.0", "12.4", 80L << 30);

  @TempDir private Path root;
  private ModelFolder model;
  private GpuFolder gpu;
  private PlanKey key;

  @BeforeEach
  void writePlans() throws Exception {
    model = ModelFolder.open(Path.of(System.getProperty("sarscribe.root"), "models", "tiny"));
    gpu = new GpuFolder(root);
    key = PlanKey.of(model, H100, "8.6.1", Precision.FP16);
    Path folder = gpu.plans().resolve(key.folderName());
    Files.createDirectories(folder);
    Path plan = Files.writeString(folder.resolve("encoder_fixed.trt"), "plan");
    new Plans(
            folder,
            key,
            Map.of(
                "encoder_fixed.onnx",
                new Plans.Plan("encoder_fixed.trt", Plans.sha256(plan), List.of("image"))))
        .write();
  }

  @Test
  void whatWasWrittenIsFoundByItsKey() throws Exception {
    Plans plans = Plans.open(gpu, key, model);

    assertThat(Plans.list(gpu)).containsExactly(plans.folder());
    assertThat(plans.of(model.fixed().orElseThrow().encoder()).inputs()).containsExactly("image");
    assertThatThrownBy(() -> plans.of(Path.of("captions_fixed.onnx")))
        .isInstanceOf(CaptionerException.class)
        .hasMessageContaining("captions_fixed.onnx");
  }

  @Test
  void theFolderNamesModelGpuRuntimeAndPrecision() {
    assertThat(key.folderName())
        .matches("sarvlm-tiny-random-1_[0-9a-f]{12}_nvidia-h100-80gb-hbm3_8\\.6\\.1_fp16");
  }

  @Test
  void anotherPrecisionGpuOrRuntimeHasOtherPlans() {
    for (PlanKey other :
        List.of(
            PlanKey.of(model, H100, "8.6.1", Precision.FP32),
            PlanKey.of(model, H100, "10.6.0", Precision.FP16),
            PlanKey.of(
                model, new GpuDevice("NVIDIA L4", "8.9", "12.4", 1), "8.6.1", Precision.FP16))) {
      assertThatThrownBy(() -> Plans.open(gpu, other, model))
          .isInstanceOf(CaptionerException.class)
          .hasMessageContaining("no plans of sarvlm-tiny-random 1 for " + other.gpu())
          .hasMessageContaining("sarscribe gpu plan --model " + model.path())
          .hasMessageEndingWith("--precision " + other.precision().label() + "` builds them");
    }
  }

  @Test
  void aDamagedPlanIsFoundByItsDigest() throws Exception {
    Files.writeString(gpu.plans().resolve(key.folderName()).resolve("encoder_fixed.trt"), "plam");

    assertThatThrownBy(() -> Plans.open(gpu, key, model))
        .isInstanceOf(CaptionerException.class)
        .hasMessageContaining("plan encoder_fixed.trt in")
        .hasMessageContaining("is damaged");
  }

  @Test
  void theBuilderLeavesPlansAsTheyAreAndNamesTheLibraryThatItLacks() throws Exception {
    assertThat(PlanBuilder.build(gpu, key, model)).isEqualTo(Plans.open(gpu, key, model));

    assumeFalse(Files.exists(Path.of("/proc/driver/nvidia/version")), "this machine may have CUDA");
    PlanKey other = PlanKey.of(model, H100, "8.6.1", Precision.FP32);
    assertThatThrownBy(() -> PlanBuilder.build(gpu, other, model))
        .isInstanceOf(CaptionerException.class)
        .hasMessageStartingWith("libcudart.so.12 does not load: ");
    assertThat(Plans.list(gpu)).hasSize(1);
  }

  @Test
  void aRecordThatIsForAnotherModelIsRefused() throws Exception {
    Path record = gpu.plans().resolve(key.folderName()).resolve("plan.json");
    Files.writeString(record, Files.readString(record).replace(model.digest(), "sha256:0"));

    assertThatThrownBy(() -> Plans.open(gpu, key, model)).hasMessageContaining("are for PlanKey");
  }
}
