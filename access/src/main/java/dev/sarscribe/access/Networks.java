package dev.sarscribe.access;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Addresses that a link in somebody's catalogue must not lead to, by the registries of
 * special-purpose addresses (RFC 6890 and its successors). Static, thread-safe.
 */
final class Networks {
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Block(byte[] prefix, int bits, String name) {
    static Block of(String cidr, String name) {
      String[] parts = cidr.split("/", 2);
      byte[] prefix = literal(parts[0]).orElse(new byte[0]);
      int bits = Integer.parseInt(parts[1]);
      if (prefix.length == 0 || bits > prefix.length * Byte.SIZE) {
        throw new IllegalArgumentException("%s: %s is no network".formatted(name, cidr));
      }
      return new Block(prefix, bits, name);
    }

    boolean holds(byte[] address) {
      if (address.length != prefix.length) {
        return false;
      }
      for (int bit = 0; bit < bits; bit++) {
        int mask = 0x80 >> (bit & 7);
        if ((address[bit >> 3] & mask) != (prefix[bit >> 3] & mask)) {
          return false;
        }
      }
      return true;
    }
  }

  /** Where clouds hand their machines' credentials to whoever asks: never allowed. */
  private static final List<Block> METADATA =
      List.of(
          Block.of("169.254.169.254/32", "a cloud metadata service"),
          Block.of("169.254.170.2/32", "a cloud metadata service"),
          Block.of("169.254.170.23/32", "a cloud metadata service"),
          Block.of("100.100.100.200/32", "a cloud metadata service"),
          Block.of("168.63.129.16/32", "a cloud metadata service"),
          Block.of("192.0.0.192/32", "a cloud metadata service"),
          Block.of("fd00:ec2::/32", "a cloud metadata service"),
          Block.of("fd20:ce::254/128", "a cloud metadata service"));

  private static final List<Block> INTERNAL =
      List.of(
          Block.of("0.0.0.0/8", "this host"),
          Block.of("127.0.0.0/8", "loopback"),
          Block.of("10.0.0.0/8", "a private network"),
          Block.of("172.16.0.0/12", "a private network"),
          Block.of("192.168.0.0/16", "a private network"),
          Block.of("100.64.0.0/10", "carrier-grade NAT"),
          Block.of("169.254.0.0/16", "link-local"),
          Block.of("192.0.0.0/24", "reserved"),
          Block.of("192.0.2.0/24", "documentation"),
          Block.of("198.18.0.0/15", "benchmarking"),
          Block.of("198.51.100.0/24", "documentation"),
          Block.of("203.0.113.0/24", "documentation"),
          Block.of("224.0.0.0/4", "multicast"),
          Block.of("240.0.0.0/4", "reserved"),
          Block.of("::/128", "this host"),
          Block.of("::1/128", "loopback"),
          Block.of("64:ff9b:1::/48", "local-use NAT64"),
          Block.of("100::/64", "discard-only"),
          Block.of("2001::/23", "reserved or Teredo"),
          Block.of("2001:db8::/32", "documentation"),
          Block.of("5f00::/16", "segment routing"),
          Block.of("fc00::/7", "a unique-local network"),
          Block.of("fe80::/10", "link-local"),
          Block.of("fec0::/10", "site-local"),
          Block.of("ff00::/8", "multicast"));

  private Networks() {}

  /** The bytes of an address that is written as such; no name is looked up. */
  static Optional<byte[]> literal(String host) {
    if (!host.matches("\\d{1,3}(\\.\\d{1,3}){3}|[0-9a-fA-F:]*:[0-9a-fA-F:.]*")) {
      return Optional.empty();
    }
    try {
      return Optional.of(InetAddress.getByName(host).getAddress());
    } catch (UnknownHostException e) {
      return Optional.empty();
    }
  }

  /** What an address belongs to if it must not be reached; empty if it may be. */
  static Optional<String> refusal(InetAddress address, boolean allowInternal) {
    byte[] bytes = address.getAddress();
    Optional<String> own = refusal(bytes, allowInternal);
    if (own.isPresent() || address instanceof Inet4Address) {
      return own;
    }
    return embedded(bytes).flatMap(v4 -> refusal(v4, allowInternal));
  }

  private static Optional<String> refusal(byte[] address, boolean allowInternal) {
    Optional<String> metadata = in(METADATA, address);
    return metadata.isPresent() || allowInternal ? metadata : in(INTERNAL, address);
  }

  private static Optional<String> in(List<Block> blocks, byte[] address) {
    return blocks.stream().filter(b -> b.holds(address)).map(Block::name).findFirst();
  }

  /** The IPv4 address that an IPv6 one stands for: mapped, compatible, NAT64 or 6to4. */
  private static Optional<byte[]> embedded(byte[] v6) {
    boolean zeros = isZero(v6, 0, 10);
    boolean mapped = zeros && (v6[10] & 0xff) == 0xff && (v6[11] & 0xff) == 0xff;
    boolean compatible = zeros && isZero(v6, 10, 12);
    boolean nat64 =
        v6[0] == 0
            && v6[1] == 0x64
            && (v6[2] & 0xff) == 0xff
            && (v6[3] & 0xff) == 0x9b
            && isZero(v6, 4, 12);
    if (mapped || compatible || nat64) {
      return Optional.of(Arrays.copyOfRange(v6, 12, 16));
    }
    boolean sixToFour = v6[0] == 0x20 && v6[1] == 0x02;
    return sixToFour ? Optional.of(Arrays.copyOfRange(v6, 2, 6)) : Optional.empty();
  }

  private static boolean isZero(byte[] bytes, int from, int to) {
    for (int i = from; i < to; i++) {
      if (bytes[i] != 0) {
        return false;
      }
    }
    return true;
  }
}
