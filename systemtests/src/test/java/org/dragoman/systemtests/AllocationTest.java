package org.dragoman.systemtests;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.List;
import org.dragoman.policy.Policies;
import org.dragoman.policy.Product;
import org.dragoman.stream.BufferOctets;
import org.dragoman.translate.Plan;
import org.dragoman.translate.Translator;
import org.junit.jupiter.api.Test;

/** Payloads stay where they are mapped: what a translation allocates does not grow with them. */
class AllocationTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  /** Sixteen MiB of video memory behind a VGA's registers, and half a MiB of network cards. */
  @Test
  void aStreamWithMegabytesOfPayloadAllocatesNoMoreThanASmallOne() throws Exception {
    Policies policies = Policies.load(List.of());
    Translator translator = new Translator(policies, "--from");
    Product target = policies.product("xen-4.4");
    byte[] small = Program.stream("xenserver-6.2.stdvga");
    long smallBytes = allocated(translator, target, small);
    long largeBytes = allocated(translator, target, withVideoMemory(small, 16 << 20));
    assertTrue(
        largeBytes < smallBytes + 4096,
        () ->
            "allocated " + smallBytes + " for a small stream, " + largeBytes + " for a large one");
  }

  private static long allocated(Translator translator, Product target, byte[] stream) {
    BufferOctets octets =
        new BufferOctets(ByteBuffer.allocateDirect(stream.length).put(stream).flip());
    long least = Long.MAX_VALUE;
    for (int run = 0; run < 20; run++) {
      long before = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId());
      Plan plan = translator.plan(octets, null, target);
      long after = THREADS.getThreadAllocatedBytes(Thread.currentThread().getId());
      assertEquals(4, ((Plan.Rewrite) plan).edits().size());
      least = Math.min(least, after - before);
    }
    return least;
  }

  /**
   * Standard VGA: vram_size and vram_gmfn are its last 12 bytes, and 0 there means that it follows.
   */
  private static byte[] withVideoMemory(byte[] stream, int size) {
    int vgaEnd = 0x2a5 + 1 + 4 + 1 + "vga".length() + 4 + 4 + 1425;
    ByteBuffer large = ByteBuffer.allocate(stream.length + size);
    large.put(stream, 0, vgaEnd);
    large.putInt(vgaEnd - 12, size).putLong(vgaEnd - 8, 0);
    large.position(vgaEnd + size).put(stream, vgaEnd, stream.length - vgaEnd);
    return large.array();
  }
}
