package org.dragoman.os;

import java.lang.reflect.Proxy;

/**
 * Signals to this process. The JDK hears them through {@code sun.misc.Signal} of its module
 * jdk.unsupported, and only by reflection without a warning that would stop the build.
 */
public final class Signals {
  private Signals() {}

  /**
   * Does something each time that a signal comes, on a thread of its own, instead of what the JVM
   * does.
   *
   * @param name without its SIG: {@code HUP}
   */
  public static void on(String name, Runnable action) {
    try {
      Class<?> signal = Class.forName("sun.misc.Signal");
      Class<?> handler = Class.forName("sun.misc.SignalHandler");
      Object proxy =
          Proxy.newProxyInstance(
              handler.getClassLoader(),
              new Class<?>[] {handler},
              (self, method, arguments) -> {
                action.run();
                return null;
              });
      signal
          .getMethod("handle", signal, handler)
          .invoke(null, signal.getConstructor(String.class).newInstance(name), proxy);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this JVM cannot hear signals", e);
    }
  }
}
