package dev.sarscribe.captioner;

import java.util.List;
import java.util.stream.Collectors;

/**
 * What is asked of the model about every tile: whether it captions, and the questions.
 *
 * @param name of the set, for instance {@code sarlang-standard}
 * @param version of the set
 * @param captions whether the concise and the detailed caption are asked for
 * @param questions in order; ids are unique
 */
public record PromptSet(String name, String version, boolean captions, List<Question> questions) {
  public PromptSet {
    questions = List.copyOf(questions);
    if (questions.stream().map(Question::id).collect(Collectors.toSet()).size()
        != questions.size()) {
      throw new IllegalArgumentException("prompt set " + name + ": question ids are not unique");
    }
    if (!captions && questions.isEmpty()) {
      throw new IllegalArgumentException("prompt set " + name + " asks for nothing");
    }
  }

  /** Name and version as provenance spells them, for instance {@code sarlang-standard/1}. */
  public String id() {
    return name + "/" + version;
  }
}
