package dev.sarscribe.captioner;

/** The seven applications of the SARLANG-1M benchmark. */
public enum Application {
  IMAGE_DESCRIPTION,
  OBJECT_IDENTIFICATION,
  OBJECT_CLASSIFICATION,
  INSTANCE_COUNTING,
  REGION_REFERRING,
  OBJECT_POSITIONING,
  OTHERS
}
