package org.dragoman.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class TextTest {

  @Test
  void printableTextStays() {
    String text = "UHCI usb controller ~!\"#[]{}";
    assertSame(text, Text.printable(text));
  }

  @Test
  void everyControlCharacterIsEscaped() {
    for (char c = 0; c < 0x20; c++) {
      assertEquals(String.format("a\\x%02xb", (int) c), Text.printable("a" + c + "b"));
    }
    assertEquals("\\x7f", Text.printable("\u007f"));
    assertEquals("\\x9b31m", Text.printable("\u009b31m"));
  }

  @Test
  void quotesAndBackslashesAreEscaped() {
    assertEquals("it\\'s a \\\\", Text.printable("it's a \\"));
  }

  @Test
  void whatIsNotAsciiIsEscaped() {
    assertEquals("caf\\xe9", Text.printable("caf\u00e9"));
    assertEquals("\\u202etxt", Text.printable("\u202etxt"));
    assertEquals("\\ud83d\\ude00", Text.printable("\ud83d\ude00"));
  }

  @Test
  void aFileNameLosesItsControlCharactersOnly() {
    String name = "d\u00e9j\u00e0 'vu' \\ \u202f";
    assertSame(name, Text.withoutControls(name));
    assertEquals(
        "a\\x1b[31mb\\x0ac\\x9b\u00e9", Text.withoutControls("a\u001b[31mb\nc\u009b\u00e9"));
  }

  @Test
  void whatTurnsTextAroundIsNotGivenToATerminal() {
    assertEquals("a\\u202eb\\u2066", Text.withoutControls("a\u202eb\u2066"));
    assertEquals(
        "{\n\"a\": \"\\u009b\\u202e\\u007f\u00e9\"}",
        Text.jsonWithoutControls("{\n\"a\": \"\u009b\u202e\u007f\u00e9\"}"));
    assertSame("{\n}", Text.jsonWithoutControls("{\n}"));
  }

  @Test
  void offsetsAndNumbersAreHexadecimal() {
    assertEquals("0x0", Text.offset(0));
    assertEquals("0x1839", Text.offset(0x1839));
    assertEquals("0x00001f40", Text.hex(0x1f40, 4));
    assertEquals("0x04", Text.hex(4, 1));
    assertEquals("0xffffffffffffffff", Text.hex(-1, 8));
  }

  @Test
  void anIdstrIsPrintableWhenItHasCharactersAndAllOfThemAre() {
    assertTrue(Text.isPrintable(" ~"));
    assertFalse(Text.isPrintable(""));
    assertFalse(Text.isPrintable("a\u001f"));
    assertFalse(Text.isPrintable("a\u007f"));
    assertFalse(Text.isPrintable("a\u00e9"));
  }
}
