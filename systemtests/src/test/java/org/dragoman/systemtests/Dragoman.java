package org.dragoman.systemtests;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.dragoman.container.DamagedException;
import org.dragoman.image.Image;
import org.dragoman.image.Rewriting;
import org.dragoman.os.InputFile;
import org.dragoman.os.Replacement;
import org.dragoman.policy.Policies;
import org.dragoman.policy.Product;
import org.dragoman.policy.UnknownProductException;
import org.dragoman.stream.BufferOctets;
import org.dragoman.stream.Framing;
import org.dragoman.stream.Octets;
import org.dragoman.translate.Edit;
import org.dragoman.translate.Judge;
import org.dragoman.translate.KeptTopology;
import org.dragoman.translate.Plan;
import org.dragoman.translate.Survey;
import org.dragoman.translate.Translator;
import org.dragoman.translate.Verdict;
import org.dragoman.yaml.YamlException;

/** Dragoman with a set of policies, on bytes in memory. */
final class Dragoman {
  /** With the policies that it is shipped with. */
  static final Dragoman SHIPPED = new Dragoman(shippedPolicies());

  /** The same where the device model starts at once with what comes out. */
  static final Dragoman HOOK = new Dragoman(shippedPolicies(), true);

  private final Policies policies;
  private final Translator translator;

  Dragoman(Policies policies) {
    this(policies, false);
  }

  private Dragoman(Policies policies, boolean startsAtOnce) {
    this.policies = policies;
    this.translator = new Translator(policies, "--from", startsAtOnce);
  }

  private static Policies shippedPolicies() {
    try {
      return Policies.load(List.of());
    } catch (YamlException e) {
      throw new IllegalStateException(e);
    }
  }

  /** All products that it has a policy for. */
  List<Product> products() {
    return policies.products();
  }

  /** Who could have written it. */
  Verdict judge(byte[] stream) {
    return judge(octets(stream));
  }

  Verdict judge(Octets stream) {
    return translator.judge(stream);
  }

  /** Who of the products of QEMU itself could have written it. */
  Verdict judgeUpstream(byte[] stream) {
    return Judge.ofUpstream(policies).judge(octets(stream));
  }

  /** The ids of all products that could have written it, in alphabetical order. */
  Set<String> writersOf(byte[] stream) {
    Set<String> ids = new TreeSet<>();
    judge(stream).explanations().forEach(one -> ids.add(one.product().id()));
    return ids;
  }

  /** What to do with it for a product. */
  Plan plan(byte[] stream, String to) {
    return translator.plan(octets(stream), null, product(to));
  }

  /** What a stream of QEMU's own needs of a product. */
  Plan planUpstream(byte[] stream, String to) {
    return planUpstream(stream, to, null);
  }

  /** The same of a guest whose configuration says what it keeps. */
  Plan planUpstream(byte[] stream, String to, KeptTopology kept) {
    return translator.planUpstream(octets(stream), product(to), kept);
  }

  /** The same for a verdict that was reached before. */
  Plan plan(Octets stream, Verdict verdict, String to) {
    return translator.plan(stream, verdict, null, product(to));
  }

  /** What to do with it if the administrator says who wrote it. */
  Plan planFrom(byte[] stream, String from, String to) {
    return translator.plan(octets(stream), product(from), product(to));
  }

  /** The stream for a product, or nothing if it is refused. */
  Optional<byte[]> translate(byte[] stream, Target to) {
    return plan(stream, to.product()) instanceof Plan.Rewrite rewrite
        ? Optional.of(apply(stream, rewrite.edits()))
        : Optional.empty();
  }

  /** What can be told of it whoever wrote it. */
  Survey survey(Octets stream) {
    return Survey.of(policies.products(), Framing.TRADITIONAL, stream);
  }

  /** What is in a file. */
  Image image(Path file) throws IOException, DamagedException {
    try (InputFile input = InputFile.open(file)) {
      return Image.read(input, translator, 0);
    }
  }

  /** What to do with it for a product. */
  Rewriting rewriting(Image image, String to) {
    return Rewriting.of(image, translator, null, product(to));
  }

  /** What to do with it for the device model of a product of QEMU itself. */
  Rewriting rewritingForQemuXen(Image image) {
    return Rewriting.of(image, translator, null, qemuXen());
  }

  /** Such a product. */
  Product qemuXen() {
    try {
      return policies.described("qemu-xen-3.1");
    } catch (UnknownProductException e) {
      throw new IllegalStateException(e);
    }
  }

  Translator translator() {
    return translator;
  }

  private Product product(String nameAndVersion) {
    try {
      return policies.product(nameAndVersion);
    } catch (UnknownProductException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** A stream as Dragoman reads it. */
  static Octets octets(byte[] stream) {
    return new BufferOctets(ByteBuffer.wrap(stream));
  }

  /** A file's bytes after replacements, which must not overlap. */
  static byte[] replaced(byte[] file, List<Replacement> replacements) {
    ByteArrayOutputStream result = new ByteArrayOutputStream(file.length);
    int at = 0;
    for (Replacement one : replacements) {
      assertTrue(one.from() >= at, () -> "replacements overlap at " + one.from());
      result.write(file, at, (int) one.from() - at);
      byte[] bytes = new byte[one.bytes().remaining()];
      one.bytes().get(bytes);
      result.writeBytes(bytes);
      at = (int) one.to();
    }
    result.write(file, at, file.length - at);
    assertEquals(Replacement.sizeAfter(file.length, replacements), result.size());
    return result.toByteArray();
  }

  /** Carries out edits, and fails if they overlap or remove what is not there. */
  static byte[] apply(byte[] stream, List<Edit> edits) {
    ByteArrayOutputStream result = new ByteArrayOutputStream(stream.length);
    int at = 0;
    for (Edit edit : edits) {
      assertTrue(edit.offset() >= at, () -> "edits overlap at " + edit.offset());
      result.write(stream, at, edit.offset() - at);
      assertArrayEquals(
          HexFormat.of().parseHex(edit.removeHex()),
          Arrays.copyOfRange(stream, edit.offset(), edit.end()),
          () -> "what the edit at " + edit.offset() + " removes");
      result.writeBytes(edit.insertedBytes());
      at = edit.end();
    }
    result.write(stream, at, stream.length - at);
    return result.toByteArray();
  }
}
