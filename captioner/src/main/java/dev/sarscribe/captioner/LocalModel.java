package dev.sarscribe.captioner;

import java.nio.file.Files;
import java.nio.file.Path;

/** A model in a folder of this machine, of one of the families that can be run. */
public sealed interface LocalModel permits ModelFolder, ExportedModel {
  /** The folder. */
  Path path();

  String name();

  String version();

  /** SPDX identifier or a sentence. */
  String licence();

  /** For instance {@code fp32}. */
  String precision();

  /** {@code sha256:} and hex digits over the model's files. */
  String digest();

  /**
   * Opens a folder with a {@code manifest.json}, or one with a model of the Hugging Face Hub in
   * ONNX graphs, which is known by its files.
   *
   * @throws CaptionerException if it is neither, or not one that can be used; the message names the
   *     folder and every problem found
   */
  static LocalModel open(Path folder) throws CaptionerException {
    if (Files.exists(folder.resolve(ManifestReader.MANIFEST))) {
      return ModelFolder.open(folder);
    }
    ExportReader export = new ExportReader(folder);
    if (export.isExport()) {
      return export.read();
    }
    throw new CaptionerException(
        "model folder %s: it holds neither a %s nor the graphs of a Hugging Face Optimum export"
            .formatted(folder, ManifestReader.MANIFEST));
  }
}
