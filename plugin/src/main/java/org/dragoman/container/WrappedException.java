package org.dragoman.container;

/** A file that is no save file, but may have one in it. */
public final class WrappedException extends DamagedException {
  private static final long serialVersionUID = 1L;

  private final Wrapper wrapper;

  WrappedException(Wrapper wrapper) {
    super(0, wrapper.title(), "a save file: " + wrapper.advice());
    this.wrapper = wrapper;
  }

  /** What it is. */
  public Wrapper wrapper() {
    return wrapper;
  }
}
