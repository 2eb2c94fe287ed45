package dev.sarscribe.app.report;

import dev.sarscribe.schemas.avro.CorpusRecord;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.zip.CRC32;

/**
 * A bounded sample of a stream of records: the same corpus gives the same sample, whatever the
 * order in which its partitions are read. Not thread-safe.
 */
public final class Sample {
  private record Entry(long rank, CorpusRecord record) {}

  private final int limit;
  private final PriorityQueue<Entry> kept =
      new PriorityQueue<>(Comparator.comparingLong(Entry::rank).reversed());

  /** Keeps at most {@code limit} records. */
  public Sample(int limit) {
    if (limit < 1) {
      throw new IllegalArgumentException("a sample of " + limit);
    }
    this.limit = limit;
  }

  /** Offers a record; a newer one of the same tile replaces an older one. */
  public void offer(CorpusRecord record) {
    kept.removeIf(e -> e.record().getTileId().equals(record.getTileId()));
    kept.add(new Entry(rank(record.getTileId()), record));
    if (kept.size() > limit) {
      kept.remove();
    }
  }

  /** The records of the lowest ranks: any, but always the same. */
  public List<CorpusRecord> any(int count) {
    return kept.stream()
        .sorted(Comparator.comparingLong(Entry::rank))
        .limit(count)
        .map(Entry::record)
        .toList();
  }

  /** All kept records by tile: scene, polarization, row, column. */
  public List<CorpusRecord> inOrder() {
    List<CorpusRecord> records = new ArrayList<>(kept.stream().map(Entry::record).toList());
    records.sort(
        Comparator.comparing((CorpusRecord r) -> r.getSource().getAcquisitionId())
            .thenComparing(CorpusRecord::getPolarization)
            .thenComparing(r -> r.getGeometry().getY())
            .thenComparing(r -> r.getGeometry().getX()));
    return records;
  }

  private static long rank(String tileId) {
    CRC32 crc = new CRC32();
    crc.update(tileId.getBytes(StandardCharsets.UTF_8));
    return crc.getValue();
  }
}
