package dev.sarscribe.schemas;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sarscribe.schemas.avro.Acquisition;
import dev.sarscribe.schemas.avro.AcquisitionSource;
import dev.sarscribe.schemas.avro.GeneratedRecord;
import java.io.File;
import java.net.URL;
import java.net.URLClassLoader;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.Test;

class GeneratedRecordTest {
  /** Builds a record whose builder looks up the class of a default. */
  public static final class FirstOfAll implements Callable<Object> {
    @Override
    public Object call() {
      return Acquisition.newBuilder()
          .setSource(AcquisitionSource.newBuilder().setAcquisitionId("a").setProductId("a").build())
          .setPolarizations(List.of("VV"))
          .setAssets(List.of())
          .setFeed("test")
          .setPublishedAt(Instant.EPOCH)
          .build()
          .getReprocessed();
    }
  }

  @Test
  void aRecordIsBuiltWhereNothingElseOfOursWasLoadedBefore() throws Exception {
    List<URL> classPath = new ArrayList<>();
    for (String entry : System.getProperty("java.class.path").split(File.pathSeparator)) {
      classPath.add(new File(entry).toURI().toURL());
    }
    URL[] urls = classPath.toArray(URL[]::new);
    try (var fresh = new URLClassLoader(urls, ClassLoader.getPlatformClassLoader())) {
      Callable<?> first =
          (Callable<?>)
              fresh.loadClass(FirstOfAll.class.getName()).getDeclaredConstructor().newInstance();

      assertThat(first).isNotInstanceOf(FirstOfAll.class);
      assertThat(first.call()).hasToString("NEWEST");
    }
  }

  @Test
  void everyRecordOfATopicIsPrepared() {
    assertThat(Topics.ALL)
        .allSatisfy(topic -> assertThat(topic.type()).isAssignableTo(GeneratedRecord.class));
  }
}
