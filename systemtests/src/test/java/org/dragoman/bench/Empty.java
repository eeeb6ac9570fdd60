package org.dragoman.bench;

/** The least that a Java program can do: what a cold start is compared with. */
final class Empty {
  private Empty() {}

  public static void main(String[] arguments) {}
}
