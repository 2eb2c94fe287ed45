package dev.sarscribe.app.verb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.sarscribe.access.assets.AssetSettings;
import dev.sarscribe.app.process.CommandFailedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.TypeConversionException;

class AssetOptionsTest {
  @TempDir private Path folder;

  @Command
  private static final class Verb {
    @Mixin private AssetOptions access;
  }

  private AssetSettings settings(String... args) throws CommandFailedException {
    Verb verb = new Verb();
    new CommandLine(verb).parseArgs(args);
    return verb.access.settings(folder.resolve("cache"), Map.of());
  }

  @Test
  void withoutOptionsAnyPublicHostMayBeAskedAndNoOther() throws Exception {
    AssetSettings settings = settings();
    assertThat(settings.policy().hosts()).isEmpty();
    assertThat(settings.policy().privateNetworks()).isFalse();
    assertThat(settings.policy().maxDownloadBytes()).isEqualTo(16L << 30);
    assertThat(settings.cacheBytes()).isEqualTo(50L << 30);
    assertThat(settings.cacheFolder()).isEqualTo(folder.resolve("cache"));
    assertThat(folder.resolve("cache")).doesNotExist();
  }

  @Test
  void everyOptionArrives() throws Exception {
    AssetSettings settings =
        settings(
            "--allow-host=*.copernicus.eu,planetarycomputer.microsoft.com",
            "--allow-host=data.example.org",
            "--allow-private-network",
            "--cache=" + folder.resolve("other"),
            "--cache-size=200M",
            "--max-download=1G",
            "--s3-endpoint=https://eodata.dataspace.copernicus.eu",
            "--s3-region=eu-central-1",
            "--s3-requester-pays");
    assertThat(settings.policy().hosts()).hasSize(3);
    assertThat(settings.policy().allowsHost("download.dataspace.copernicus.eu")).isTrue();
    assertThat(settings.policy().allowsHost("example.org")).isFalse();
    assertThat(settings.policy().privateNetworks()).isTrue();
    assertThat(settings.policy().maxDownloadBytes()).isEqualTo(1L << 30);
    assertThat(settings.cacheBytes()).isEqualTo(200L << 20);
    assertThat(settings.cacheFolder()).isEqualTo(folder.resolve("other"));
    assertThat(settings.s3().endpoint()).isPresent();
    assertThat(settings.s3().region()).hasValue("eu-central-1");
    assertThat(settings.s3().requesterPays()).isTrue();
  }

  @Test
  void whatMakesNoSenseIsToldBeforeAnythingStarts() throws Exception {
    Path file = Files.writeString(folder.resolve("file"), "x");
    for (String option :
        new String[] {
          "--allow-host=https://example.org/a",
          "--s3-endpoint=ftp://example.org",
          "--s3-region=!",
          "--credentials=" + folder.resolve("absent.yaml"),
          "--cache=" + file
        }) {
      assertThatThrownBy(() -> settings(option))
          .as(option)
          .isInstanceOf(CommandFailedException.class);
    }
    assertThatThrownBy(() -> settings("--s3-anonymous", "--s3-requester-pays"))
        .isInstanceOf(CommandFailedException.class);
    assertThatThrownBy(() -> settings("--cache-size=much"))
        .isInstanceOf(CommandLine.ParameterException.class)
        .hasMessageContaining("'much' is no size");
  }

  @ParameterizedTest
  @CsvSource({"1,1", "500M,524288000", "20g,21474836480", "2 TiB,2199023255552", "10kb,10240"})
  void aSizeIsWrittenAsPeopleWriteIt(String text, long bytes) {
    assertThat(ByteSize.of(text).bytes()).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "0", "-1", "1.5G", "G", "10P", "999999999999T"})
  void whatIsNoSizeIsRefused(String text) {
    assertThatThrownBy(() -> ByteSize.of(text)).isInstanceOf(TypeConversionException.class);
  }
}
