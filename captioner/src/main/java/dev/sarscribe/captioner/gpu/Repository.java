package dev.sarscribe.captioner.gpu;

import dev.sarscribe.captioner.CaptionerException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Set;

/**
 * A Maven repository that archives are fetched from.
 *
 * @param base its address, ending with a slash; https, or http of this machine itself
 */
public record Repository(URI base) {
  private static final Set<String> THIS_MACHINE = Set.of("localhost", "127.0.0.1", "[::1]");

  /**
   * A repository by its address.
   *
   * @throws CaptionerException if it is no address, or one that others could listen to
   */
  public static Repository at(String address) throws CaptionerException {
    try {
      URI base = new URI(address.endsWith("/") ? address : address + "/");
      boolean plain =
          base.getHost() != null && base.getUserInfo() == null && base.getQuery() == null;
      boolean closed =
          "https".equals(base.getScheme())
              || ("http".equals(base.getScheme()) && THIS_MACHINE.contains(base.getHost()));
      if (plain && closed) {
        return new Repository(base);
      }
    } catch (URISyntaxException e) {
      throw new CaptionerException("repository %s is no address".formatted(address), e);
    }
    throw new CaptionerException(
        "repository %s is not used: it must be https://host/path, without a user or a query"
            .formatted(address));
  }

  /** The address of an archive. */
  public URI of(Redistributable archive) {
    return base.resolve(archive.path());
  }
}
