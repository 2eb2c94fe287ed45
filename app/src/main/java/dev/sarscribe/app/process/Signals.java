package dev.sarscribe.app.process;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Ctrl-C and SIGTERM as a request instead of the JVM's end. A shutdown hook would not do: native
 * libraries tear themselves down in hooks of their own while the stages still drain. The class is
 * the JDK's supported but undocumented {@code sun.misc.Signal}, reached as Kafka's own server does.
 */
public final class Signals {
  private static final Logger LOG = LoggerFactory.getLogger(Signals.class);

  private Signals() {}

  /** Runs the action on the first signal; a second one ends the process at once. */
  public static void onStop(Runnable action) {
    boolean[] asked = new boolean[1];
    Runnable once =
        () -> {
          synchronized (asked) {
            if (asked[0]) {
              Runtime.getRuntime().halt(130);
            }
            asked[0] = true;
          }
          action.run();
        };
    handle("INT", once);
    handle("TERM", once);
  }

  private static void handle(String name, Runnable action) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object proxy =
          Proxy.newProxyInstance(
              Signals.class.getClassLoader(),
              new Class<?>[] {handler},
              (self, method, arguments) -> answer(self, method, arguments, action));
      signal
          .getMethod("handle", signal, handler)
          .invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
    } catch (ReflectiveOperationException e) {
      LOG.warn("{} ends the process without draining", name, e);
    }
  }

  private static Object answer(Object self, Method method, Object[] arguments, Runnable action)
      throws InvocationTargetException {
    return switch (method.getName()) {
      case "handle" -> {
        action.run();
        yield null;
      }
      case "equals" -> self == arguments[0];
      case "hashCode" -> System.identityHashCode(self);
      default -> "sarscribe signal handler";
    };
  }
}
