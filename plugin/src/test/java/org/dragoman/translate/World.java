package org.dragoman.translate;

import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.dragoman.policy.Policies;
import org.dragoman.policy.PolicyFolder;
import org.dragoman.policy.Product;
import org.dragoman.policy.UnknownProductException;
import org.dragoman.stream.Octets;
import org.dragoman.stream.Reading;
import org.dragoman.stream.StreamBytes;
import org.dragoman.stream.Walk;
import org.dragoman.yaml.YamlException;

/** A small world of devices and products, for tests. */
final class World {
  private final PolicyFolder folder;

  /** A world with the devices clock, disk, card, other and ram. */
  World(Path root) {
    folder = PolicyFolder.empty(root);
    device(
        "clock",
        "clock",
        """
        contents:
          v1:
            sources: [test]
            fields:
              - {name: ticks, width: 4}
          v2:
            sources: [test]
            fields:
              - {name: ticks, width: 4}
              - {name: zone, width: 2, implied: 0x10, unless_implied: the guest lives by its zone}
          v3:
            sources: [test]
            fields:
              - {name: ticks, width: 8}
        """);
    device("disk", "disk", "contents: {v1: {sources: [test], fields: [{name: b, width: 1}]}}\n");
    device("card", "card", "contents: {v1: {sources: [test], fields: [{name: b, width: 1}]}}\n");
    device("other", "\"*\"", "contents: {v1: {sources: [test], fields: [{name: b, width: 1}]}}\n");
    device("ram", "ram", "live: true\ncontents: {v1: {sources: [test], fields: []}}\n");
  }

  /** Adds a device of instance 0. */
  World device(String name, String idstr, String rest) {
    folder.file(
        "devices/" + name + ".yaml",
        "device: " + name + "\ntitle: a device\nidstr: " + idstr + "\ninstance: 0\n" + rest);
    return this;
  }

  /**
   * Adds a product of version 1.
   *
   * @param sections one a line: device, and what the product says of it
   */
  World product(String name, String... sections) {
    return product(name, List.of(sections), "section_ids: unknown\n");
  }

  /** Adds a product of version 1, with more of its policy. */
  World product(String name, List<String> sections, String more) {
    StringBuilder text = new StringBuilder();
    text.append("product: ").append(name).append("\nversions: {first: '1', last: '1'}\n");
    text.append("title: ").append(name).append("\nsources: {s: {sure: seen, from: here}}\n");
    text.append("sections:\n");
    for (String section : sections) {
      String[] parts = section.split(" ", 2);
      text.append("  ").append(parts[0]).append(": {").append(parts[1]).append(", per: s}\n");
    }
    folder.file("products/" + name + ".yaml", text + more);
    return this;
  }

  Policies policies() {
    try {
      return folder.load();
    } catch (YamlException e) {
      throw new IllegalStateException(e);
    }
  }

  static Product product(Policies policies, String name) {
    try {
      return policies.product(name + "-1");
    } catch (UnknownProductException e) {
      throw new IllegalStateException(e);
    }
  }

  static Walk walk(Product writer, Octets octets) {
    Reading reading = Walk.under(writer.writes(), octets);
    return assertInstanceOf(Reading.Complete.class, reading, reading::toString).walk();
  }

  /** The plan for a stream of one product and another, as the planner alone makes it. */
  static Plan plan(Policies policies, StreamBytes stream, String from, String to) {
    Product writer = product(policies, from);
    Octets octets = stream.octets();
    return Planner.plan(
        octets, new Explanation(writer, walk(writer, octets), List.of()), product(policies, to));
  }

  /** The edits in words: offset, removed and inserted bytes. */
  static List<String> edits(Plan plan) {
    List<String> words = new ArrayList<>();
    for (Edit edit : assertInstanceOf(Plan.Rewrite.class, plan, plan::toString).edits()) {
      words.add(edit.offset() + " -" + edit.removeHex() + " +" + edit.insertHex());
    }
    return words;
  }

  /** A stream after some edits. */
  static byte[] edited(byte[] source, List<Edit> edits) {
    StreamBytes out = StreamBytes.none();
    int at = 0;
    for (Edit edit : edits) {
      for (; at < edit.offset(); at++) {
        out.u8(source[at]);
      }
      for (byte one : edit.insertedBytes()) {
        out.u8(one);
      }
      at = edit.end();
    }
    for (; at < source.length; at++) {
      out.u8(source[at]);
    }
    return out.bytes();
  }
}
