package org.dragoman.policy;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.dragoman.stream.Device;
import org.dragoman.yaml.YamlException;

/**
 * A set of policies: the shipped ones, and those of the folders that the administrator added.
 *
 * <p>Immutable; any number of threads may use one.
 *
 * @param devices in the order of their files
 * @param products those of the traditional device model, in the order of their files
 * @param upstream those of QEMU itself, in the order of their files
 * @param examples of the folders, in the order of their files
 */
public record Policies(
    List<Device> devices, List<Product> products, List<Product> upstream, List<Example> examples) {

  /** The shipped policies, as the build validated and compiled them. */
  private static final String SHIPPED = "/policies.bin";

  private static final Pattern VERSION = Pattern.compile("[0-9]{1,9}(\\.[0-9]{1,9}){0,9}");

  /** Copies the lists. */
  public Policies {
    devices = List.copyOf(devices);
    products = List.copyOf(products);
    upstream = List.copyOf(upstream);
    examples = List.copyOf(examples);
  }

  /**
   * The shipped policies with those of some folders. A file of a folder that describes a device,
   * part or product of the same name takes the place of the earlier one.
   *
   * @throws YamlException if a file of a folder is wrong, or the set of all of them is
   */
  public static Policies load(List<Path> folders) throws YamlException {
    List<List<Document>> documents = new ArrayList<>();
    documents.add(shipped());
    for (Path folder : folders) {
      documents.add(PolicyFiles.readAll(folder));
    }
    return PolicyBuilder.build(documents);
  }

  /**
   * The shipped policies with those of folders that were read before.
   *
   * @throws YamlException if the set of all of them is wrong
   */
  public static Policies of(List<PolicyDocuments> folders) throws YamlException {
    List<List<Document>> documents = new ArrayList<>();
    documents.add(shipped());
    for (PolicyDocuments folder : folders) {
      documents.add(folder.documents());
    }
    return PolicyBuilder.build(documents);
  }

  /**
   * By what the shipped policies and those of some folders are known again: 12 hexadecimal digits,
   * others after any change of a file.
   *
   * @throws IOException if a file cannot be read
   */
  public static String digest(List<Path> folders) throws IOException {
    try (InputStream resource = Policies.class.getResourceAsStream(SHIPPED)) {
      if (resource == null) {
        throw new IllegalStateException("this build has no policies in it: " + SHIPPED);
      }
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      digest.update(resource.readAllBytes());
      for (Path folder : folders) {
        for (Path file : PolicyFiles.sources(folder)) {
          digest.update(("\0" + folder.relativize(file) + "\0").getBytes(StandardCharsets.UTF_8));
          if (Files.isRegularFile(file)) {
            digest.update(Files.readAllBytes(file));
          }
        }
      }
      return HexFormat.of().formatHex(digest.digest(), 0, 6);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  /**
   * The policies of one folder alone.
   *
   * @throws YamlException if they are wrong
   */
  static Policies loadOnly(Path folder) throws YamlException {
    return PolicyBuilder.build(List.of(PolicyFiles.readAll(folder)));
  }

  /** Validates a folder and writes it so that {@link #load} needs no YAML. The build calls it. */
  public static void main(String[] arguments) throws YamlException, IOException {
    Path folder = Path.of(arguments[0]);
    List<Document> documents = PolicyFiles.readAll(folder);
    PolicyBuilder.build(List.of(documents));
    try (OutputStream file = Files.newOutputStream(Path.of(arguments[1]));
        DataOutputStream out = new DataOutputStream(file)) {
      for (Document document : documents) {
        if (document.kind() != Document.Kind.EXAMPLES) {
          // A user has never seen the folder of the build.
          String shippedName = "policies/" + folder.relativize(Path.of(document.file()));
          new Document(document.kind(), shippedName, document.root()).write(out);
        }
      }
    }
  }

  private static List<Document> shipped() {
    try (InputStream resource = Policies.class.getResourceAsStream(SHIPPED)) {
      if (resource == null) {
        throw new IllegalStateException("this build has no policies in it: " + SHIPPED);
      }
      DataInputStream in = new DataInputStream(new BufferedInputStream(resource, 1 << 16));
      List<Document> documents = new ArrayList<>();
      while (true) {
        try {
          in.mark(1);
          if (in.read() < 0) {
            return documents;
          }
          in.reset();
          documents.add(Document.read(in));
        } catch (EOFException e) {
          throw new IllegalStateException("the policies of this build are cut short", e);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All products, whatever their streams are. */
  public List<Product> all() {
    return Stream.concat(products.stream(), upstream.stream()).toList();
  }

  /**
   * The product that a user means as the source or the target of a translation: name and version,
   * {@code xen-4.4}, a product's id, or a name alone where a policy says that it is enough.
   *
   * @throws UnknownProductException if no policy covers it, or nothing is translated for it; it
   *     names the near ones
   */
  public Product product(String nameAndVersion) throws UnknownProductException {
    Product alone = namedAlone(nameAndVersion);
    if (alone != null) {
      return alone;
    }
    List<Product> targets = all().stream().filter(Product::isTarget).toList();
    for (Product product : upstream) {
      if (!product.isTarget() && isCovered(nameAndVersion, product)) {
        throw new UnknownProductException(
            nameAndVersion,
            "nothing is translated for it, its streams are only inspected",
            targets);
      }
    }
    return find(nameAndVersion, targets);
  }

  /** The product whose device model reads streams that are given to it by {@code -incoming}. */
  public Product incoming() {
    return upstream.stream().filter(Product::namedAlone).findFirst().orElse(null);
  }

  /**
   * The product of any kind that a user means.
   *
   * @throws UnknownProductException if no policy covers it; it names the near ones
   */
  public Product described(String nameAndVersion) throws UnknownProductException {
    Product alone = namedAlone(nameAndVersion);
    return alone != null ? alone : find(nameAndVersion, all());
  }

  /** The product for which this name is enough, or null. */
  private Product namedAlone(String name) {
    for (Product product : upstream) {
      if (product.namedAlone() && name.equals(product.name())) {
        return product;
      }
    }
    return null;
  }

  private static boolean isCovered(String nameAndVersion, Product product) {
    try {
      return find(nameAndVersion, List.of(product)).equals(product);
    } catch (UnknownProductException e) {
      return false;
    }
  }

  private static Product find(String nameAndVersion, List<Product> products)
      throws UnknownProductException {
    for (Product product : products) {
      if (product.id().equals(nameAndVersion)) {
        return product;
      }
    }
    int dash = nameAndVersion.lastIndexOf('-');
    if (dash < 1 || dash == nameAndVersion.length() - 1) {
      throw new UnknownProductException(
          nameAndVersion, "not a name and a version like xen-4.4", products);
    }
    String name = nameAndVersion.substring(0, dash);
    String version = nameAndVersion.substring(dash + 1);
    List<Product> near = products.stream().filter(one -> one.name().equals(name)).toList();
    if (VERSION.matcher(version).matches()) {
      for (Product product : near) {
        if (Version.of(version).isBetween(product.first(), product.last())) {
          return product;
        }
      }
    }
    throw near.isEmpty()
        ? new UnknownProductException(nameAndVersion, "no policy covers that product", products)
        : new UnknownProductException(nameAndVersion, "no policy covers that version", near);
  }
}
