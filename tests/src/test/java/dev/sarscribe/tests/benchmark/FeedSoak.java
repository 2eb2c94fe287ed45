package dev.sarscribe.tests.benchmark;

import dev.sarscribe.app.broker.EmbeddedBroker;
import dev.sarscribe.app.report.TopicReader;
import dev.sarscribe.schemas.KafkaConnection;
import dev.sarscribe.schemas.TopicAdmin;
import dev.sarscribe.schemas.Topics;
import dev.sarscribe.schemas.avro.FeedStatus;
import dev.sarscribe.tests.feed.FeedProcess;
import dev.sarscribe.tests.feed.StacServer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A STAC feed over a long time: items appear on a local server that fails again and again, and a
 * feed in a JVM of its own with a small heap publishes them to a real broker; it is killed a few
 * times. A line per interval shows its memory; at the end the ids published are compared with those
 * offered.
 *
 * <p>Arguments: folder (new), minutes, items, kills. Ends with 1 if an item is missing or there
 * twice.
 */
public final class FeedSoak {
  private static final Duration OVERLAP = Duration.ofSeconds(60);
  private static final Duration DRAIN_LIMIT = Duration.ofMinutes(5);
  private static final int LINES = 20;
  private static final Pattern USED = Pattern.compile("used (\\d+)K");

  private final Path folder;
  private final Duration length;
  private final int items;
  private final int kills;
  private final StacServer server;
  private final KafkaConnection kafka;
  private final Set<String> offered = new HashSet<>();
  private final Map<String, Integer> published = new HashMap<>();

  private FeedSoak(
      Path folder,
      Duration length,
      int items,
      int kills,
      StacServer server,
      KafkaConnection kafka) {
    this.folder = folder;
    this.length = length;
    this.items = items;
    this.kills = kills;
    this.server = server;
    this.kafka = kafka;
  }

  public static void main(String[] args) throws Exception {
    if (args.length != 4) {
      System.err.println("usage: FeedSoak FOLDER MINUTES ITEMS KILLS");
      System.exit(2);
    }
    Path folder = Files.createDirectories(Path.of(args[0]));
    boolean good;
    try (EmbeddedBroker broker = EmbeddedBroker.start(folder.resolve("kafka"), 0);
        StacServer server = new StacServer(11)) {
      var kafka = new KafkaConnection(broker.bootstrapServers(), Optional.empty(), Map.of());
      TopicAdmin.ensure(kafka, Optional.empty());
      good =
          new FeedSoak(
                  folder,
                  Duration.ofMinutes(Long.parseLong(args[1])),
                  Integer.parseInt(args[2]),
                  Integer.parseInt(args[3]),
                  server,
                  kafka)
              .run();
    }
    // The broker leaves threads behind that would hold the process.
    System.exit(good ? 0 : 1);
  }

  private boolean run() throws Exception {
    server.fail(StacServer.Faults.MANY);
    long begin = System.nanoTime();
    int killed = 0;
    int lines = 0;
    System.out.println("    time  offered  published    known  rss MiB  heap after GC MiB");
    try (var reader = new TopicReader<>(kafka, Topics.ACQUISITIONS, TopicReader.Start.BEGINNING)) {
      FeedProcess feed = start();
      while (elapsed(begin).compareTo(length) < 0) {
        double part = (double) elapsed(begin).toNanos() / length.toNanos();
        offer((int) Math.min(items, items * part / 0.95));
        take(reader);
        if (killed < kills && part > (killed + 1.0) / (kills + 1)) {
          feed.kill();
          killed++;
          feed = start();
        }
        if (part * LINES > lines + 1) {
          lines++;
          print(begin, feed);
        }
      }
      offer(items);
      server.fail(StacServer.Faults.NONE);
      drain(reader);
      print(begin, feed);
      feed.terminate();
      int exit = feed.await(Duration.ofMinutes(1));
      return conclude(begin, killed, exit);
    }
  }

  private FeedProcess start() throws Exception {
    FeedProcess feed =
        FeedProcess.start(
            folder,
            List.of("-Xmx96m", "-XX:+UseSerialGC"),
            List.of(
                "feed",
                "stac",
                server.root().toString(),
                "--name=soak",
                "--by=updated",
                "--overlap=" + OVERLAP.toSeconds() + "s",
                "--page-size=500",
                "--poll-interval=1s",
                "--allow-private-network",
                "--bootstrap-server=" + kafka.bootstrapServers()));
    feed.awaitOutput("feed soak:", Duration.ofMinutes(1));
    return feed;
  }

  /** Offers items up to a number; every tenth appears some seconds after its stamp. */
  private void offer(int upTo) throws InterruptedException {
    while (offered.size() < upTo) {
      int index = offered.size();
      Instant now = Instant.now();
      Instant visible = now.plusSeconds(index % 10 == 0 ? index % 20 : 0);
      StacServer.Item item = StacServer.item(index, now.minusSeconds(7200), now, visible);
      server.put(item);
      offered.add(item.id().substring(0, item.id().lastIndexOf('_')));
    }
    Thread.sleep(20);
  }

  private void take(TopicReader<dev.sarscribe.schemas.avro.Acquisition> reader) {
    reader.poll(
        acquisition ->
            published.merge(acquisition.getSource().getAcquisitionId(), 1, Integer::sum));
  }

  private void drain(TopicReader<dev.sarscribe.schemas.avro.Acquisition> reader) {
    long deadline = System.nanoTime() + DRAIN_LIMIT.toNanos();
    while (published.size() < offered.size() && System.nanoTime() < deadline) {
      take(reader);
    }
  }

  private void print(long begin, FeedProcess feed) throws Exception {
    System.out.printf(
        Locale.ROOT,
        "%6d s  %7d  %9d  %7d  %7d  %17.1f%n",
        elapsed(begin).toSeconds(),
        offered.size(),
        published.size(),
        status().map(FeedStatus::getKnown).orElse(0L),
        rssMiB(feed),
        heapMiB(feed));
  }

  private boolean conclude(long begin, int killed, int exit) {
    Set<String> missing = new HashSet<>(offered);
    missing.removeAll(published.keySet());
    Set<String> foreign = new HashSet<>(published.keySet());
    foreign.removeAll(offered);
    long twice = published.values().stream().filter(n -> n > 1).count();
    double seconds = elapsed(begin).toMillis() / 1e3;
    System.out.printf(
        Locale.ROOT,
        "%d items in %.0f s = %.1f per second; %d kills, %d requests made to fail; exit code %d%n"
            + "missing %d, twice %d, foreign %d%n",
        published.size(),
        seconds,
        published.size() / seconds,
        killed,
        server.faultsSeen(),
        exit,
        missing.size(),
        twice,
        foreign.size());
    return missing.isEmpty() && foreign.isEmpty() && twice == 0 && exit == 0;
  }

  private Optional<FeedStatus> status() {
    FeedStatus[] last = new FeedStatus[1];
    try (var reader = new TopicReader<>(kafka, Topics.FEEDS, TopicReader.Start.LATEST)) {
      reader.drain(status -> last[0] = status);
    }
    return Optional.ofNullable(last[0]);
  }

  private static Duration elapsed(long begin) {
    return Duration.ofNanos(System.nanoTime() - begin);
  }

  private static long rssMiB(FeedProcess feed) throws IOException {
    return Files.readAllLines(Path.of("/proc/" + feed.pid() + "/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) / 1024)
        .findFirst()
        .orElse(-1);
  }

  /** Asks the JVM for a collection and what is left. */
  private static double heapMiB(FeedProcess feed) throws Exception {
    jcmd(feed, "GC.run");
    Matcher matcher = USED.matcher(jcmd(feed, "GC.heap_info"));
    double kib = 0;
    // Young and old generation; metaspace comes after them and is not of the heap.
    for (int i = 0; i < 2 && matcher.find(); i++) {
      kib += Double.parseDouble(matcher.group(1));
    }
    return kib / 1024;
  }

  private static String jcmd(FeedProcess feed, String command) throws Exception {
    String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    Process process =
        new ProcessBuilder(jcmd, Long.toString(feed.pid()), command)
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor(30, TimeUnit.SECONDS);
    return output;
  }
}
