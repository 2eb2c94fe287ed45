package dev.sarscribe.access.assets;

import dev.sarscribe.access.AccessPolicy;
import dev.sarscribe.access.Credentials;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Opens a file in a cache folder, says so, and keeps it open until it is killed. */
final class AnotherProcess {
  private AnotherProcess() {}

  public static void main(String[] args) throws Exception {
    var settings =
        new AssetSettings(
            AccessPolicy.DEFAULT.withPrivateNetworks(true),
            Credentials.NONE,
            S3Settings.DEFAULT,
            Path.of(args[0]),
            1_500_000);
    Opened opened = settings.open().open(args[1], AssetHints.NONE);
    System.out.println("open " + opened.fileName());
    TimeUnit.MINUTES.sleep(2);
  }
}
