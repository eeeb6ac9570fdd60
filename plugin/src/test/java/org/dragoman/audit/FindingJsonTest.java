package org.dragoman.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FindingJsonTest {
  @TempDir Path folder;

  private AuditFinding find(String to, byte[] content) throws IOException {
    return new Examiner(Questions.to(to)).examine(Files.write(folder.resolve("a b"), content));
  }

  /** One of each outcome. */
  private List<AuditFinding> findings() throws IOException {
    byte[] old = SaveFile.stream("xenserver-6.2.standard");
    byte[] image = SaveFile.xl("web", old);
    return List.of(
        find("xen-4.4", image),
        find("xenserver-6.5", old),
        find("xen-4.0", SaveFile.stream("xen-4.2.standard")),
        find("xen-4.4", SaveFile.xl("new", SaveFile.qemuXen())),
        find("xen-4.4", SaveFile.pv("small")),
        find("xen-4.4", Arrays.copyOf(image, 100)),
        new Examiner(Questions.to("xen-4.4")).examine(folder.resolve("gone")));
  }

  @Test
  void aLineHasTheKeysThatTheSchemaPromises() throws IOException {
    var schema =
        SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
            .getSchema(Files.readString(Path.of("../docs/audit.schema.json")));
    for (AuditFinding finding : findings()) {
      assertEquals(List.of(), schema.validate(FindingJson.line(finding), InputFormat.JSON));
    }
  }

  @Test
  void aHostileNameIsNothingToATerminal() throws IOException {
    String name = "a\u009b31m\u202eb";
    AuditFinding finding = find("xen-4.4", SaveFile.pv(name));
    String line = FindingJson.line(finding);

    assertTrue(line.contains("a\\u009b31m\\u202eb"), line);
    assertEquals(name, FindingJson.read(line.getBytes(StandardCharsets.UTF_8)).guest().name());
  }

  @Test
  void whatWasWrittenIsReadAgain() throws IOException {
    for (AuditFinding finding : findings()) {
      String line = FindingJson.line(finding);
      assertEquals(finding, FindingJson.read(line.getBytes(StandardCharsets.UTF_8)));
      assertEquals(1, line.lines().count());
    }
  }
}
