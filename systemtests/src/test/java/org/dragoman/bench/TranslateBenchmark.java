package org.dragoman.bench;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.dragoman.policy.Policies;
import org.dragoman.policy.Product;
import org.dragoman.policy.UnknownProductException;
import org.dragoman.stream.BufferOctets;
import org.dragoman.translate.Plan;
import org.dragoman.translate.Translator;
import org.dragoman.yaml.YamlException;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Judge, plan and check of one stream against all shipped products, warm. The second stream has 20
 * times the payload: what is allocated for it shows whether payloads are copied.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class TranslateBenchmark {
  /** The stream that the number is about, and a long one. */
  @Param({"xenserver-6.2.standard", "xenserver-6.2.two-e1000"})
  public String stream;

  private Translator translator;
  private BufferOctets octets;
  private Product target;

  /** Reads the stream into memory outside the heap, as a mapping is. */
  @Setup
  public void read() throws IOException, YamlException, UnknownProductException {
    try (InputStream in = getClass().getResourceAsStream("/vectors/" + stream + ".qemu-save")) {
      byte[] bytes = in.readAllBytes();
      octets = new BufferOctets(ByteBuffer.allocateDirect(bytes.length).put(bytes).flip());
    }
    Policies policies = Policies.load(List.of());
    translator = new Translator(policies, "--from");
    target = policies.product("xen-4.4");
  }

  /** Judge, plan, check. */
  @Benchmark
  public Plan translate() {
    return translator.plan(octets, null, target);
  }
}
