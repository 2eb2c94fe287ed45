package dev.sarscribe.captioner.remote;

import dev.sarscribe.captioner.Text;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Where the tokens of a written text lie in it, and how likely each of them was. Immutable. */
final class TokenProbabilities {
  private final List<Placed> tokens;

  /** A token's bytes within the text: from the first, to before the second. */
  private record Placed(int from, int to, double logProbability) {}

  private TokenProbabilities(List<Placed> tokens) {
    this.tokens = tokens;
  }

  /** Places a reply's tokens; none, if their bytes do not hold the text that it gives. */
  static TokenProbabilities of(ChatReply reply) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    reply.tokens().forEach(token -> all.writeBytes(token.bytes()));
    // One character for each byte. What a reasoning model thinks comes before its answer.
    String written = all.toString(StandardCharsets.ISO_8859_1);
    int start = written.lastIndexOf(new String(reply.content(), StandardCharsets.ISO_8859_1));
    List<Placed> placed = new ArrayList<>();
    if (start >= 0) {
      int at = -start;
      for (ChatReply.Token token : reply.tokens()) {
        int end = at + token.bytes().length;
        placed.add(new Placed(at, end, Math.min(0, token.logProbability())));
        at = end;
      }
    }
    return new TokenProbabilities(placed);
  }

  /**
   * The probability of all tokens that touch a span of bytes, 0 to 1, or {@link
   * Text#UNKNOWN_CONFIDENCE}.
   */
  double whole(int from, int to) {
    return Math.exp(logProbabilities(from, to).stream().mapToDouble(x -> x).sum());
  }

  /** Their geometric mean, 0 to 1, or {@link Text#UNKNOWN_CONFIDENCE}. */
  double mean(int from, int to) {
    List<Double> found = logProbabilities(from, to);
    return Math.exp(found.stream().mapToDouble(x -> x).sum() / found.size());
  }

  private List<Double> logProbabilities(int from, int to) {
    List<Double> found =
        tokens.stream()
            .filter(token -> token.from() < to && token.to() > from)
            .map(Placed::logProbability)
            .toList();
    return found.isEmpty() ? List.of(Text.UNKNOWN_CONFIDENCE) : found;
  }
}
