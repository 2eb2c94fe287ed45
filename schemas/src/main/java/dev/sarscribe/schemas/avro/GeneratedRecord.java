package dev.sarscribe.schemas.avro;

import org.apache.avro.specific.SpecificRecordBase;
import org.apache.avro.util.ClassSecurityValidator;

/**
 * What every generated record extends, so that Avro is prepared before the first of them is built
 * or read, whoever does it: a builder looks up the classes of its defaults.
 */
public abstract class GeneratedRecord extends SpecificRecordBase {
  /** The most bytes of a text or field, and items of a list, that are made room for in reading. */
  public static final int MAX_LENGTH = 16 << 20;

  static {
    // A damaged length prefix must not make the decoder allocate more than a record may hold.
    limit("org.apache.avro.limits.bytes.maxLength");
    limit("org.apache.avro.limits.string.maxLength");
    limit("org.apache.avro.limits.collectionItems.maxLength");
    // Avro instantiates only classes that are trusted by name: ours are the generated records.
    ClassSecurityValidator.setGlobal(
        ClassSecurityValidator.composite(
            ClassSecurityValidator.getGlobal(),
            type -> type.getPackageName().equals(GeneratedRecord.class.getPackageName())));
  }

  /** Made by the generated classes only. */
  protected GeneratedRecord() {}

  /**
   * Prepares Avro, by being loaded, for those who read records before any class of them is used.
   */
  public static void prepare() {}

  private static void limit(String property) {
    if (System.getProperty(property) == null) {
      System.setProperty(property, Integer.toString(MAX_LENGTH));
    }
  }
}
