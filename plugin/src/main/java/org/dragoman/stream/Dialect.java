package org.dragoman.stream;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The forms of sections that a product writes, or those that it reads. Which idstrs and labels
 * there are, and what payload each of them has.
 *
 * <p>Immutable; any number of threads may use one.
 */
public final class Dialect {
  private final List<Form> forms;
  private final Map<Device, List<Form>> byDevice;
  private final Named[] table;
  private final Form[] anyIdstr;
  private final Patterned[] patterns;
  private final Framing framing;
  private final Set<String> claimed;

  /** The forms that share an idstr. */
  private static final class Named {
    final byte[] idstr;
    final Form[] forms;

    Named(byte[] idstr, Form[] forms) {
      this.idstr = idstr;
      this.forms = forms;
    }
  }

  /** The forms whose idstr has an address in it. */
  private static final class Patterned {
    final IdstrPattern pattern;
    final Form[] forms;

    Patterned(IdstrPattern pattern, List<Form> forms) {
      this.pattern = pattern;
      this.forms = forms.toArray(Form[]::new);
    }
  }

  /** A dialect of these forms, in the traditional device model's framing. */
  public Dialect(Collection<Form> forms, Set<String> claimed) {
    this(Framing.TRADITIONAL, forms, claimed);
  }

  /**
   * A dialect of these forms.
   *
   * @param framing what stands around the sections
   * @param claimed idstrs that a form for any idstr does not stand for
   * @throws IllegalArgumentException if two forms have the same idstr and label
   */
  public Dialect(Framing framing, Collection<Form> forms, Set<String> claimed) {
    this.framing = framing;
    this.forms = List.copyOf(forms);
    this.claimed = Set.copyOf(claimed);
    this.byDevice = new HashMap<>();
    for (Form form : this.forms) {
      byDevice.computeIfAbsent(form.device(), any -> new ArrayList<>()).add(form);
    }
    Map<String, List<Form>> byIdstr = new HashMap<>();
    for (Form form : this.forms) {
      List<Form> same = byIdstr.computeIfAbsent(form.idstr(), any -> new ArrayList<>());
      for (Form other : same) {
        if (other.label() == form.label()) {
          throw new IllegalArgumentException(
              "'"
                  + Text.printable(form.idstr())
                  + "' with label "
                  + form.label()
                  + " is both "
                  + other.device().name()
                  + " "
                  + other.content().name()
                  + " and "
                  + form.device().name()
                  + " "
                  + form.content().name());
        }
      }
      same.add(form);
    }
    List<Form> any = byIdstr.remove(Device.ANY_IDSTR);
    this.anyIdstr = any == null ? new Form[0] : any.toArray(Form[]::new);
    List<Patterned> patterned = new ArrayList<>();
    for (String idstr : List.copyOf(byIdstr.keySet())) {
      if (IdstrPattern.isOne(idstr)) {
        patterned.add(new Patterned(new IdstrPattern(idstr), byIdstr.remove(idstr)));
      }
    }
    this.patterns = patterned.toArray(Patterned[]::new);
    this.table = new Named[Integer.highestOneBit(Math.max(8, byIdstr.size() * 4))];
    for (Map.Entry<String, List<Form>> entry : byIdstr.entrySet()) {
      byte[] bytes = new byte[entry.getKey().length()];
      for (int i = 0; i < bytes.length; i++) {
        bytes[i] = (byte) entry.getKey().charAt(i);
      }
      int slot = slot(Arrays.hashCode(bytes));
      while (table[slot] != null) {
        slot = (slot + 1) & (table.length - 1);
      }
      table[slot] = new Named(bytes, entry.getValue().toArray(Form[]::new));
    }
  }

  /** All forms. */
  public List<Form> forms() {
    return forms;
  }

  /** What stands around the sections. */
  public Framing framing() {
    return framing;
  }

  /** The forms that a device's section can have, in the order in which they were given. */
  public List<Form> formsOf(Device device) {
    return Collections.unmodifiableList(byDevice.getOrDefault(device, List.of()));
  }

  private int slot(int hash) {
    return (hash ^ hash >>> 15) & (table.length - 1);
  }

  /** The forms of sections with the idstr that stands at an offset, or none. */
  Form[] formsAt(Octets octets, int at, int length) {
    int hash = 1;
    for (int i = 0; i < length; i++) {
      hash = 31 * hash + (byte) octets.u8(at + i);
    }
    for (int slot = slot(hash); table[slot] != null; slot = (slot + 1) & (table.length - 1)) {
      Named named = table[slot];
      if (named.idstr.length == length && octets.holds(at, named.idstr)) {
        return named.forms;
      }
    }
    for (Patterned patterned : patterns) {
      if (patterned.pattern.matches(octets, at, length)) {
        return patterned.forms;
      }
    }
    if (anyIdstr.length > 0) {
      String idstr = Text.idstr(octets.copy(at, length));
      if (Text.isPrintable(idstr) && !claimed.contains(idstr)) {
        return anyIdstr;
      }
    }
    return NO_FORMS;
  }

  private static final Form[] NO_FORMS = {};

  /** The idstr that stands at an offset, and for which a form was found. */
  String idstrAt(Form form, Octets octets, int at, int length) {
    boolean many =
        form.idstr().equals(Device.ANY_IDSTR)
            || (patterns.length > 0 && IdstrPattern.isOne(form.idstr()));
    return many ? Text.idstr(octets.copy(at, length)) : form.idstr();
  }

  /** The labels of some forms, for a message. */
  static String labels(Form[] forms) {
    return Arrays.stream(forms)
        .map(form -> Long.toString(form.label()))
        .distinct()
        .collect(Collectors.joining(" or "));
  }
}
