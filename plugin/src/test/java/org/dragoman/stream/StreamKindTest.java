package org.dragoman.stream;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StreamKindTest {

  private static StreamKind kind(StreamBytes bytes) {
    return StreamKind.of(bytes.octets());
  }

  @ParameterizedTest
  @CsvSource({
    "5145564d 00000003 01 00000001, TRADITIONAL",
    "5145564d 00000003 00, TRADITIONAL",
    "5145564d 00000003, TRADITIONAL",
    "5145564d 00000003 04 00000001, UPSTREAM",
    "5145564d 00000003 07 00000003, UPSTREAM",
    "5145564d 00000001 00000000, VERSION_1",
    "5145564d 00000002 00000000, VERSION_2",
    "5145564d 00000004 01, UNKNOWN",
    "5145564d 000000, UNKNOWN",
    "5145564e 00000003 01, UNKNOWN",
    "1f8b 0800, GZIP",
    "1f, UNKNOWN",
    "00, UNKNOWN",
    "'', EMPTY",
  })
  void theFirstBytesTell(String hex, StreamKind expected) {
    assertEquals(expected, kind(StreamBytes.none().hex(hex)));
  }

  @ParameterizedTest
  @CsvSource({
    "Xen saved domain, XL_SAVE_FILE",
    "XenSavedDom, SUSPEND_IMAGE",
    "LinuxGuestRecord, XEND_SAVE_FILE",
    "QemuDeviceModelRecord, XEND_RECORD",
    "DeviceModelRecord0002, LIBXL_RECORD",
    "RemusDeviceModelState, REMUS_RECORD",
  })
  void eachContainerIsKnownByItsRealSignature(String signature, StreamKind expected) {
    assertEquals(expected, kind(StreamBytes.none().text(signature).zeros(16)));
    assertEquals(expected, kind(StreamBytes.none().text(signature)));
    assertEquals(
        StreamKind.UNKNOWN,
        kind(StreamBytes.none().text(signature.substring(0, signature.length() - 1))));
  }

  @Test
  void anXlSaveFileBeginsWithThirtyTwoBytesOfSignature() {
    assertEquals(
        StreamKind.XL_SAVE_FILE,
        kind(StreamBytes.none().text("Xen saved domain, xl format\n \0 \r")));
  }

  @Test
  void aLibvirtSaveFileBeginsWithItsSignature() {
    assertEquals(
        StreamKind.LIBVIRT_SAVE_FILE,
        kind(StreamBytes.none().text("libvirt-xml\n \0 \r").zeros(8)));
  }
}
