package dev.sarscribe.captioner.onnx;

import ai.djl.Device;
import ai.djl.MalformedModelException;
import ai.djl.Model;
import ai.djl.engine.Engine;
import dev.sarscribe.captioner.CaptionerException;
import dev.sarscribe.captioner.gpu.Plans;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * Loads the plan of a graph with DJL's TensorRT engine, which binds inputs by their place only: the
 * names are those that were written down when the plan was built.
 */
record PlanLoader(Plans plans, Engine engine) implements GraphLoader {
  @Override
  public Loaded load(Path file) throws CaptionerException {
    Plans.Plan plan = plans.of(file);
    Model model = engine.newModel(plan.file(), Device.gpu(0));
    try {
      model.load(plans.folder(), plan.file(), Map.of());
      return new Loaded(model, plan.inputs());
    } catch (IOException | MalformedModelException | RuntimeException e) {
      model.close();
      throw new CaptionerException(
          "plan %s of %s cannot be loaded: %s".formatted(plan.file(), plans.folder(), e), e);
    }
  }
}
