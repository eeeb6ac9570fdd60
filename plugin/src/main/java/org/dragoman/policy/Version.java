package org.dragoman.policy;

import java.util.ArrayList;
import java.util.List;

/** A product's version: numbers with dots between them, {@code 4.10} after {@code 4.9}. */
public record Version(List<Integer> numbers) implements Comparable<Version> {

  /** Copies the list. */
  public Version {
    numbers = List.copyOf(numbers);
  }

  /**
   * Reads digits and dots.
   *
   * @throws IllegalArgumentException if the text is something else
   */
  static Version of(String text) {
    List<Integer> numbers = new ArrayList<>();
    int from = 0;
    while (true) {
      int dot = text.indexOf('.', from);
      numbers.add(Integer.parseInt(dot < 0 ? text.substring(from) : text.substring(from, dot)));
      if (dot < 0) {
        return new Version(numbers);
      }
      from = dot + 1;
    }
  }

  /** Whether this is the other version or a point release of it: 4.4.1 of 4.4. */
  boolean isReleaseOf(Version other) {
    return numbers.size() >= other.numbers.size()
        && numbers.subList(0, other.numbers.size()).equals(other.numbers);
  }

  /** Whether this lies from {@code first} to {@code last}, with all point releases of the last. */
  boolean isBetween(Version first, Version last) {
    return numbers.size() >= Math.min(first.numbers.size(), last.numbers.size())
        && compareTo(first) >= 0
        && isUpTo(last);
  }

  /** Whether two ranges, each with all point releases of its last, have a version in common. */
  static boolean overlap(Version first, Version last, Version otherFirst, Version otherLast) {
    return first.isUpTo(otherLast) && otherFirst.isUpTo(last);
  }

  /** Whether this is no later than the last point release of another. */
  boolean isUpTo(Version last) {
    return compareTo(last) <= 0 || isReleaseOf(last);
  }

  @Override
  public int compareTo(Version other) {
    for (int i = 0; i < Math.max(numbers.size(), other.numbers.size()); i++) {
      int order = Integer.compare(number(i), other.number(i));
      if (order != 0) {
        return order;
      }
    }
    return 0;
  }

  private int number(int i) {
    return i < numbers.size() ? numbers.get(i) : 0;
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    for (int number : numbers) {
      text.append(text.length() == 0 ? "" : ".").append(number);
    }
    return text.toString();
  }
}
