package dev.sarscribe.stream.caption;

import dev.sarscribe.schemas.avro.CorpusRecord;
import dev.sarscribe.schemas.avro.DeadLetter;
import dev.sarscribe.schemas.avro.ProgressEvent;
import java.util.List;

/** Everything that one batch writes, in one transaction. */
record BatchResult(
    List<CorpusRecord> corpus, List<DeadLetter> letters, List<ProgressEvent> progress) {}
