package dev.sarscribe.imagery.radiometry;

import java.util.List;

/** The recipes by name. Static, thread-safe. */
public final class Recipes {
  private static final List<Recipe> ALL =
      List.of(SarlangRecipe.byScene(), SarlangRecipe.fixedLevels(), SarlangRecipe.plainLee());

  private Recipes() {}

  /** The recipe that is used unless another is asked for. */
  public static Recipe standard() {
    return ALL.get(0);
  }

  /** Names of all recipes, the standard one first. */
  public static List<String> names() {
    return ALL.stream().map(Recipe::name).toList();
  }

  /**
   * The recipe of a name.
   *
   * @throws IllegalArgumentException naming those there are, if it is none of them
   */
  public static Recipe named(String name) {
    return ALL.stream()
        .filter(r -> r.name().equals(name))
        .findFirst()
        .orElseThrow(
            () -> new IllegalArgumentException("no recipe " + name + "; there are " + names()));
  }
}
