package dev.sarscribe.captioner.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sarscribe.captioner.onnx.GreedyDecoder.Generated;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TurnsTest {
  @Test
  void noPromptStandsBesideOneOfLessThanHalfItsLength() {
    assertThat(Turns.parts(new int[] {4, 17, 4, 8, 9, 5}, 10))
        .containsExactly(List.of(0, 2, 5, 3), List.of(4, 1));
  }

  @Test
  void noTurnHasMorePromptsThanMayBe() {
    assertThat(Turns.parts(new int[] {3, 3, 3, 3, 3}, 2))
        .containsExactly(List.of(0, 1), List.of(2, 3), List.of(4));
  }

  @Test
  void withoutPromptsThereIsNoTurn() {
    assertThat(Turns.parts(new int[0], 4)).isEmpty();
  }

  @Test
  void textsComeBackInTheOrderOfTilesAndPrompts() throws Exception {
    List<List<String>> asked = new ArrayList<>();

    List<List<Generated>> texts =
        Turns.all(
            2,
            List.of("bb", "a long prompt", "a", "ccc"),
            String::length,
            4,
            prompts -> {
              asked.add(prompts);
              List<Generated> turn = new ArrayList<>();
              for (int tile = 0; tile < 2; tile++) {
                for (String prompt : prompts) {
                  turn.add(new Generated(List.of((long) tile, (long) prompt.length()), 0, 1));
                }
              }
              return turn;
            });

    assertThat(asked).containsExactly(List.of("a", "bb"), List.of("ccc"), List.of("a long prompt"));
    for (int tile = 0; tile < 2; tile++) {
      assertThat(texts.get(tile).stream().map(text -> text.tokens().get(1)))
          .containsExactly(2L, 13L, 1L, 3L);
      assertThat(texts.get(tile).stream().map(text -> text.tokens().get(0)))
          .containsOnly((long) tile);
    }
  }
}
