package org.dragoman.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import org.dragoman.host.Doctor;
import org.dragoman.host.HostConfiguration;
import org.dragoman.host.Installation;
import org.dragoman.host.UnknownUuidException;
import org.dragoman.policy.Product;
import org.dragoman.stream.BufferOctets;
import org.dragoman.stream.Octets;
import org.dragoman.stream.Text;
import org.dragoman.translate.Edit;
import org.dragoman.translate.Plan;
import org.dragoman.translate.Translator;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code dragoman doctor}: what is wrong with the host, and what to do. */
final class DoctorCommand implements Command {

  @Override
  public CommandSpec spec() {
    CommandSpec spec =
        HostOptions.command(
            "doctor",
            "Check all that can be wrong, with a real translation through shim, helper and"
                + " fallback; one line each, with what to do.");
    spec.addOption(Options.json());
    return spec;
  }

  @Override
  public Exit run(ParseResult arguments, PrintStream out, PrintStream err) throws Failure {
    List<Doctor.Check> checks =
        Doctor.examine(
            Installation.ofThisProgram(), HostOptions.file(arguments), new ShippedSample());
    if (arguments.hasMatchedOption(Options.JSON)) {
      Json.print(
          out,
          json -> {
            json.writeStartArray();
            for (Doctor.Check check : checks) {
              json.writeStartObject();
              json.writeStringField("check", check.name());
              json.writeStringField("result", check.result().word());
              json.writeStringField("found", check.found());
              json.writeEndObject();
            }
            json.writeEndArray();
          });
    } else {
      for (Doctor.Check check : checks) {
        out.printf(
            "%-5s %s: %s%n",
            check.result().word(), check.name(), Text.withoutControls(check.found()));
      }
    }
    return checks.stream().anyMatch(check -> check.result() == Doctor.Result.FAIL)
        ? Exit.FILE
        : Exit.DONE;
  }

  /** A stream of XenServer 6.2 that is in the program. */
  private static final class ShippedSample implements Doctor.Sample {
    private static final String RESOURCE = "/sample/xenserver-6.2.standard.qemu-save";

    @Override
    public byte[] stream() {
      try (InputStream in = DoctorCommand.class.getResourceAsStream(RESOURCE)) {
        return in.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    @Override
    public Doctor.Expected expected(HostConfiguration configuration, Product target) {
      Octets octets = new BufferOctets(ByteBuffer.wrap(stream()));
      Product from;
      try {
        from = configuration.settings().sourceOf(Doctor.sampleDomain(), null);
      } catch (UnknownUuidException e) {
        return new Doctor.Expected(null, e.getMessage());
      }
      Plan plan =
          new Translator(configuration.policies(), "'source' in " + configuration.file())
              .plan(octets, from, target);
      if (plan instanceof Plan.Refusal refusal) {
        return new Doctor.Expected(null, String.join("; ", refusal.reasons()));
      }
      ByteArrayOutputStream result = new ByteArrayOutputStream();
      int at = 0;
      for (Edit edit : ((Plan.Rewrite) plan).edits()) {
        result.writeBytes(octets.copy(at, edit.offset() - at));
        result.writeBytes(edit.insertedBytes());
        at = edit.end();
      }
      result.writeBytes(octets.copy(at, octets.size() - at));
      return new Doctor.Expected(ByteBuffer.wrap(result.toByteArray()), null);
    }
  }
}
