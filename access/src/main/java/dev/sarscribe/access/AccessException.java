package dev.sarscribe.access;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Something that could not be fetched. The message starts with its URL, without user information
 * and with secrets masked; {@link #reason()} is the code that dead letters carry.
 */
public final class AccessException extends IOException {
  private static final long serialVersionUID = 1L;

  /** Servers and libraries say things of any length, and messages travel through Kafka. */
  private static final int MAX_FAULT = 1000;

  /** Why something could not be fetched. */
  public enum Reason {
    /** Its scheme, host or address is not allowed. */
    REFUSED_BY_POLICY(false),
    /** No such thing: 404 or 410, a missing file, key or bucket. */
    NOT_FOUND(false),
    /** 401 or 403: credentials are missing, wrong or not enough. */
    UNAUTHORIZED(false),
    /** The server asks for fewer requests, to the last attempt. */
    RATE_LIMITED(true),
    /** No answer, or no more bytes, in time. */
    TIMEOUT(true),
    /** No connection: unknown host, refused, reset. */
    UNREACHABLE(true),
    /** The server's certificate is not trusted. */
    UNTRUSTED(false),
    /** The server failed (5xx), to the last attempt. */
    SERVER_ERROR(true),
    /** Any other answer that is none to the question. */
    HTTP_ERROR(false),
    /** A redirect that leads in circles, nowhere, or to where it must not. */
    BAD_REDIRECT(false),
    /** Larger than allowed. */
    TOO_LARGE(false),
    /** The body ended before the length that was announced. */
    TRUNCATED(true),
    /** The content is not that of the published checksum or size. */
    CHECKSUM(false),
    /** The content was replaced while it was read. */
    CHANGED(true),
    /** The local disk is full or cannot be written. */
    LOCAL_STORAGE(true),
    /** The URL itself makes no sense or names nothing that can be fetched. */
    INVALID(false),
    /** This program stops. */
    INTERRUPTED(true);

    private final boolean heals;

    Reason(boolean heals) {
      this.heals = heals;
    }
  }

  private final Reason reason;
  private final int status;
  private final Duration asked;

  public AccessException(Reason reason, URI uri, String fault) {
    this(reason, uri, fault, null);
  }

  public AccessException(Reason reason, URI uri, String fault, Throwable cause) {
    this(reason, Redaction.of(uri), fault, cause, 0, null);
  }

  private AccessException(
      Reason reason, String name, String fault, Throwable cause, int status, Duration asked) {
    super(name + ": " + brief(Redaction.of(fault)), cause);
    this.reason = reason;
    this.status = status;
    this.asked = asked;
  }

  /** An answer that failed, with the time after which the server wants to be asked again. */
  static AccessException ofAnswer(
      Reason reason, URI uri, String fault, int status, Optional<Duration> asked) {
    return new AccessException(reason, Redaction.of(uri), fault, null, status, asked.orElse(null));
  }

  /** A failure that concerns no URL but a file of settings, or a host. */
  static AccessException of(Reason reason, String name, String fault, Throwable cause) {
    return new AccessException(reason, name, fault, cause, 0, null);
  }

  private static String brief(String fault) {
    return fault.length() <= MAX_FAULT ? fault : fault.substring(0, MAX_FAULT) + "…";
  }

  /** The first of these among a failure and its causes. */
  public static Optional<AccessException> in(Throwable failure) {
    int depth = 0;
    for (Throwable t = failure; t != null && depth < 20; t = t.getCause(), depth++) {
      if (t instanceof AccessException access) {
        return Optional.of(access);
      }
    }
    return Optional.empty();
  }

  public Reason reason() {
    return reason;
  }

  /** The status of the HTTP answer, if it was one that failed. */
  public OptionalInt status() {
    return status == 0 ? OptionalInt.empty() : OptionalInt.of(status);
  }

  /** How long the server wants not to be asked, if it said so. */
  Optional<Duration> askedToWait() {
    return Optional.ofNullable(asked);
  }

  /** Whether the same request may work later. */
  public boolean canHeal() {
    return reason.heals;
  }
}
