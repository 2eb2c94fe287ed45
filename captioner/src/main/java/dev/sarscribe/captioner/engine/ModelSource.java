package dev.sarscribe.captioner.engine;

import dev.sarscribe.captioner.EngineOptions;
import dev.sarscribe.captioner.LocalModel;
import dev.sarscribe.captioner.remote.EndpointSettings;

/** Where an engine gets its model from. */
public sealed interface ModelSource {
  /** From a folder, run on this machine within the limits of the options. */
  record Folder(LocalModel model, EngineOptions options) implements ModelSource {}

  /** From a server, which runs it. */
  record Endpoint(EndpointSettings settings) implements ModelSource {}
}
