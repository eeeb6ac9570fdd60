package org.dragoman.host;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a host says that it is. */
class ThisHostTest {
  @TempDir private Path root;

  private void file(String name, String text) throws IOException {
    Path file = root.resolve(name);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  @Test
  void aHostWithoutAHypervisorSaysNothing() {
    assertNull(ThisHost.product(root));
  }

  @Test
  void xenSaysItsVersion() throws IOException {
    file("sys/hypervisor/type", "xen\n");
    file("sys/hypervisor/version/major", "4\n");
    file("sys/hypervisor/version/minor", "17\n");
    file("sys/hypervisor/version/extra", ".4-pre\n");
    assertEquals("xen-4.17", ThisHost.product(root));
  }

  @Test
  void anotherHypervisorIsNotXen() throws IOException {
    file("sys/hypervisor/type", "other\n");
    file("sys/hypervisor/version/major", "4\n");
    file("sys/hypervisor/version/minor", "17\n");
    assertNull(ThisHost.product(root));
  }

  @Test
  void xenServerSaysItInItsInventory() throws IOException {
    xenSaysItsVersion();
    file(
        "etc/xensource-inventory",
        "PRODUCT_BRAND='XenServer'\nPRODUCT_VERSION='6.5.0'\nPRODUCT_VERSION_TEXT='6.5'\n");
    assertEquals("xenserver-6.5", ThisHost.product(root));
  }
}
