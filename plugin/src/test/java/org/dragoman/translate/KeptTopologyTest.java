package org.dragoman.translate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.dragoman.translate.Topology.Card;
import org.dragoman.translate.Topology.Vga;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class KeptTopologyTest {
  @ParameterizedTest
  @CsvSource({
    "keep, 8, []",
    "'keep,vga-mib=1', 1, []",
    "'keep,vga-mib=16', 16, []",
    "'keep,vga-mib=128', 128, []",
    "'keep,slots=4', 8, [4]",
    "'keep,slots=5:7:31', 8, '[5, 7, 31]'",
    "'keep,vga-mib=4,slots=4:6', 4, '[4, 6]'",
  })
  void aValueIsUnderstoodAndWrittenTheSame(String value, int stdMib, String slots)
      throws KeptTopology.MalformedException {
    KeptTopology kept = KeptTopology.parse(value);
    assertEquals(stdMib, kept.stdMib());
    assertEquals(slots, kept.slots().toString());
    assertEquals(value, kept.value());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Keep",
        "keep ",
        "keep,",
        "modern",
        "keep,vga-mib=",
        "keep,vga-mib=0",
        "keep,vga-mib=-8",
        "keep,vga-mib=08",
        "keep,vga-mib=6",
        "keep,vga-mib=256",
        "keep,vga-mib=8M",
        "keep,vga-mib=99999999999999999999",
        "keep,vga-mib=8,vga-mib=8",
        "keep,slots=",
        "keep,slots=3",
        "keep,slots=32",
        "keep,slots=4:4",
        "keep,slots=6:4",
        "keep,slots=4:",
        "keep,slots=4;5",
        "keep,slots=0x4",
        "keep,slots=4,vga-mib=8",
        "keep,slots=4,slots=5",
        "keep,more=1",
      })
  void aWrongValueIsToldWhatIsRight(String value) {
    KeptTopology.MalformedException e =
        assertThrows(KeptTopology.MalformedException.class, () -> KeptTopology.parse(value));
    assertEquals(
        "-dragoman-topology has the value "
            + value
            + ", expected keep, behind it where needed ,vga-mib=N, the MiB of a standard VGA (1, 2,"
            + " 4, 8, 16, 32, 64 or 128), and ,slots=4:6, the PCI slots of the network cards,"
            + " ascending, from 4 to 31",
        e.getMessage());
  }

  @Test
  void aLongValueIsNotRepeated() {
    KeptTopology.MalformedException e =
        assertThrows(
            KeptTopology.MalformedException.class,
            () -> KeptTopology.parse("keep,slots=" + "4".repeat(5000)));
    assertTrue(e.getMessage().contains("a value of 5011 characters, expected"), e.getMessage());
  }

  @Test
  void itSaysOfAGuestWhatIsNotAsUsual() {
    assertEquals("keep", of(Vga.CIRRUS, 4, 4, 5, 6));
    assertEquals("keep", of(Vga.CIRRUS, 4));
    assertEquals("keep", of(Vga.STD, 8, 4));
    assertEquals("keep,vga-mib=16,slots=5", of(Vga.STD, 16, 5));
    assertEquals("keep,slots=4:6", of(Vga.CIRRUS, 4, 4, 6));
  }

  private static String of(Vga vga, int vramMib, Integer... slots) {
    List<Card> cards = List.of(slots).stream().map(slot -> new Card("e1000", slot)).toList();
    return KeptTopology.of(new Topology(vga, vramMib, cards, true, true, false, -1, null)).value();
  }

  @Test
  void theLineIsThatOfAnXlConfiguration() {
    Topology topology =
        new Topology(Vga.STD, 16, List.of(new Card("e1000", 5)), true, true, false, -1, null);
    assertTrue(
        topology
            .inWords()
            .contains(
                "device_model_args_hvm = [\"-dragoman-topology\", \"keep,vga-mib=16,slots=5\"] in"
                    + " its configuration, where it shall keep its PCI slots when it reboots"),
        () -> "" + topology.inWords());
  }
}
