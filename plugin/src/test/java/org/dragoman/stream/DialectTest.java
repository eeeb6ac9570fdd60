package org.dragoman.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DialectTest {
  private static final InstanceRule ANY = new InstanceRule.Any();

  private static Device device(String name) {
    Device.Content v1 = new Device.Content("v1", new Layout(List.of()));
    Device.Content v2 = new Device.Content("v2", new Layout(List.of()));
    return new Device(name, name, name, ANY, false, null, Map.of("v1", v1, "v2", v2));
  }

  private static Form form(Device device, String idstr, long label) {
    return new Form(device, idstr, ANY, label, device.contents().get("v1"));
  }

  private static List<String> found(Dialect dialect, String idstr) {
    Form[] forms =
        dialect.formsAt(StreamBytes.none().text("xx" + idstr + "xx").octets(), 2, idstr.length());
    return List.of(forms).stream().map(form -> form.device().name() + " " + form.label()).toList();
  }

  @Test
  void formsAreFoundByTheirIdstr() {
    Device clock = device("clock");
    Device clocks = device("clocks");
    Dialect dialect =
        new Dialect(
            List.of(form(clock, "clock", 1), form(clocks, "clocks", 1), form(clock, "clock", 2)),
            Set.of());
    assertEquals(List.of("clock 1", "clock 2"), found(dialect, "clock"));
    assertEquals(List.of("clocks 1"), found(dialect, "clocks"));
    assertEquals(List.of(), found(dialect, "cloc"));
    assertEquals(List.of(), found(dialect, ""));
  }

  @Test
  void manyIdstrsAreAllFound() {
    List<Form> forms = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      forms.add(form(device("device-" + i), "idstr " + i, i));
    }
    Dialect dialect = new Dialect(forms, Set.of());
    for (int i = 0; i < 300; i++) {
      assertEquals(List.of("device-" + i + " " + i), found(dialect, "idstr " + i));
    }
    assertEquals(List.of(), found(dialect, "idstr 300"));
  }

  @Test
  void anIdstrIsOneCharacterAByte() {
    Dialect dialect = new Dialect(List.of(form(device("cafe"), "caf\u00e9", 1)), Set.of());
    assertEquals(List.of("cafe 1"), found(dialect, "caf\u00e9"));
  }

  @Test
  void aFormForAnyIdstrStandsForWhatNoDeviceClaims() {
    Device clock = device("clock");
    Device other = device("other");
    Dialect dialect =
        new Dialect(
            List.of(form(clock, "clock", 1), form(other, Device.ANY_IDSTR, 5)),
            Set.of("clock", "sundial"));
    assertEquals(List.of("clock 1"), found(dialect, "clock"));
    assertEquals(List.of("other 5"), found(dialect, "1af4:1100"));
    assertEquals(List.of(), found(dialect, "sundial"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "bell\u0007", "caf\u00e9", "\u007f"})
  void anyIdstrIsAPrintableOne(String idstr) {
    Dialect dialect = new Dialect(List.of(form(device("other"), Device.ANY_IDSTR, 5)), Set.of());
    assertEquals(List.of(), found(dialect, idstr));
  }

  @Test
  void twoFormsOfOneIdstrHaveTwoLabels() {
    Form clock = form(device("clock"), "tick", 3);
    Form watch = form(device("watch"), "tick", 3);
    IllegalArgumentException error =
        assertThrows(
            IllegalArgumentException.class, () -> new Dialect(List.of(clock, watch), Set.of()));
    assertEquals("'tick' with label 3 is both clock v1 and watch v1", error.getMessage());
    new Dialect(List.of(clock, form(device("watch"), "tock", 3)), Set.of());
    new Dialect(List.of(clock, form(device("watch"), "tick", 4)), Set.of());
  }

  @Test
  void theFormsOfADeviceAreInTheGivenOrder() {
    Device clock = device("clock");
    Dialect dialect =
        new Dialect(
            List.of(form(clock, "b", 9), form(device("clock"), "x", 1), form(clock, "a", 2)),
            Set.of());
    assertEquals(List.of(9L, 2L), dialect.formsOf(clock).stream().map(Form::label).toList());
    assertTrue(dialect.formsOf(device("clock")).isEmpty(), "a device is itself, not its name");
  }

  @Test
  void labelsAreListedOnceEach() {
    Device clock = device("clock");
    assertEquals(
        "2 or 1",
        Dialect.labels(new Form[] {form(clock, "a", 2), form(clock, "b", 1), form(clock, "c", 2)}));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0000:00:00.0/card", "0000:00:1f.0/card"})
  void anIdstrWithASlotStandsForEverySlot(String idstr) {
    Dialect dialect =
        new Dialect(List.of(form(device("card"), "0000:00:{slot}.0/card", 1)), Set.of());
    assertEquals(List.of("card 1"), found(dialect, idstr));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0000:00:20.0/card",
        "0000:00:1F.0/card",
        "0000:00:01.1/card",
        "0000:00:01.0/cards",
        "0000:00:001.0/card",
        "0000:00:{slot}.0/card",
        "0000:00:01x0/card"
      })
  void andForNothingElse(String idstr) {
    Dialect dialect =
        new Dialect(List.of(form(device("card"), "0000:00:{slot}.0/card", 1)), Set.of());
    assertEquals(List.of(), found(dialect, idstr));
  }

  @Test
  void anIdstrWithAPortStandsForPortsOfHubs() {
    Dialect dialect = new Dialect(List.of(form(device("mouse"), "{port}/mouse", 1)), Set.of());
    assertEquals(List.of("mouse 1"), found(dialect, "1/mouse"));
    assertEquals(List.of("mouse 1"), found(dialect, "2.1.4/mouse"));
    assertEquals(List.of(), found(dialect, "2./mouse"));
    assertEquals(List.of(), found(dialect, "/mouse"));
  }
}
