package dev.sarscribe.tests;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The arrows of ARCHITECTURE.md. */
class ArchitectureTest {
  private static JavaClasses all;

  @BeforeAll
  static void importClasses() {
    all =
        new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .withImportOption(location -> !location.contains("-tests.jar"))
            .importPackages("dev.sarscribe");
    assertThat(all).hasSizeGreaterThan(100);
  }

  private static void check(ArchRule rule) {
    rule.check(all);
  }

  @Test
  void backoffKnowsNothing() {
    check(
        classes()
            .that()
            .resideInAPackage("dev.sarscribe.backoff..")
            .should()
            .onlyDependOnClassesThat()
            .resideInAnyPackage("java..", "dev.sarscribe.backoff.."));
  }

  @Test
  void imageryKnowsNoKafkaNoSchemasAndNoModel() {
    check(
        noClasses()
            .that()
            .resideInAPackage("dev.sarscribe.imagery..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                "org.apache.kafka..",
                "org.apache.avro..",
                "ai.djl..",
                "dev.sarscribe.access..",
                "dev.sarscribe.schemas..",
                "dev.sarscribe.captioner..",
                "dev.sarscribe.producer..",
                "dev.sarscribe.stream..",
                "dev.sarscribe.app.."));
  }

  @Test
  void accessKnowsNoKafkaAndOfImageryOnlyByteSources() {
    check(
        noClasses()
            .that()
            .resideInAPackage("dev.sarscribe.access..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                "org.apache.kafka..",
                "org.apache.avro..",
                "dev.sarscribe.imagery",
                "dev.sarscribe.imagery.product..",
                "dev.sarscribe.imagery.tiff..",
                "dev.sarscribe.imagery.radiometry..",
                "dev.sarscribe.imagery.simulate..",
                "dev.sarscribe.schemas..",
                "dev.sarscribe.captioner..",
                "dev.sarscribe.producer..",
                "dev.sarscribe.stream..",
                "dev.sarscribe.app.."));
  }

  @Test
  void onlyAccessTouchesTheLibrariesThatFetch() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage("dev.sarscribe.access..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.apache.hc..", "software.amazon.."));
  }

  @Test
  void theCaptionerKnowsNoKafkaAndOfImageryOnlyTileTypes() {
    check(
        noClasses()
            .that()
            .resideInAPackage("dev.sarscribe.captioner..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                "org.apache.kafka..",
                "org.apache.avro..",
                "dev.sarscribe.imagery.product..",
                "dev.sarscribe.imagery.tiff..",
                "dev.sarscribe.imagery.radiometry..",
                "dev.sarscribe.imagery.simulate..",
                "dev.sarscribe.access..",
                "dev.sarscribe.schemas..",
                "dev.sarscribe.producer..",
                "dev.sarscribe.stream..",
                "dev.sarscribe.app.."));
  }

  @Test
  void schemasKnowNoOtherModule() {
    check(
        noClasses()
            .that()
            .resideInAPackage("dev.sarscribe.schemas..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                "dev.sarscribe.imagery..",
                "dev.sarscribe.access..",
                "dev.sarscribe.captioner..",
                "dev.sarscribe.producer..",
                "dev.sarscribe.stream..",
                "dev.sarscribe.app.."));
  }

  @Test
  void producerAndStreamProcessorMeetOnlyInKafka() {
    check(
        noClasses()
            .that()
            .resideInAPackage("dev.sarscribe.producer..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dev.sarscribe.stream..", "dev.sarscribe.app.."));
    check(
        noClasses()
            .that()
            .resideInAPackage("dev.sarscribe.stream..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dev.sarscribe.producer..", "dev.sarscribe.app.."));
  }

  @Test
  void theConnectorStandsOnTheProducerAloneAndNothingKnowsIt() {
    check(
        noClasses()
            .that()
            .resideInAPackage("dev.sarscribe.connect..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                "dev.sarscribe.imagery..",
                "dev.sarscribe.captioner..",
                "dev.sarscribe.stream..",
                "dev.sarscribe.app.."));
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage("dev.sarscribe.connect..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("dev.sarscribe.connect..", "org.apache.kafka.connect.."));
  }

  @Test
  void onlyTheOnnxPackageTouchesTheInferenceLibrary() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage("dev.sarscribe.captioner..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("ai.djl..", "ai.onnxruntime.."));
  }

  @Test
  void packagesHaveNoCycles() {
    check(slices().matching("dev.sarscribe.(**)").should().beFreeOfCycles());
  }

  @Test
  void nothingPrintsExceptTheCommand() {
    check(
        noClasses()
            .that()
            .resideOutsideOfPackage("dev.sarscribe.app..")
            .should()
            .accessField(System.class, "out")
            .orShould()
            .accessField(System.class, "err"));
    check(
        classes()
            .that()
            .haveSimpleNameEndingWith("Exception")
            .should()
            .resideInAnyPackage("dev.sarscribe.."));
  }
}
