package org.dragoman.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.io.PrintStream;
import org.dragoman.host.Installation;
import org.dragoman.host.Status;
import org.dragoman.stream.Text;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParseResult;

/** {@code dragoman status}: how the host stands. */
final class StatusCommand implements Command {

  @Override
  public CommandSpec spec() {
    CommandSpec spec =
        HostOptions.command(
            "status",
            "Show the mode, the target, which device models have the shim in front, and whether the"
                + " helper is there.");
    spec.addOption(Options.json());
    return spec;
  }

  @Override
  public Exit run(ParseResult arguments, PrintStream out, PrintStream err) throws Failure {
    Status status;
    try {
      status = Status.of(Installation.ofThisProgram(), HostOptions.file(arguments));
    } catch (IOException e) {
      throw new Failure(Exit.FILE, e.getMessage());
    }
    if (arguments.hasMatchedOption(Options.JSON)) {
      Json.print(out, json -> json(json, status));
    } else {
      text(out, status);
    }
    return status.isWell() ? Exit.DONE : Exit.FILE;
  }

  private static void text(PrintStream out, Status status) {
    if (status.configurationProblem() != null) {
      out.println("configuration: wrong:");
      status
          .configurationProblem()
          .lines()
          .forEach(line -> out.println("  " + Text.withoutControls(line)));
    } else {
      out.println("mode: " + status.mode());
      out.println("target: " + status.target());
      if (status.targetProblem() != null) {
        out.println("  " + status.targetProblem());
      }
      out.println(
          "helper: "
              + (status.helperProblem() == null
                  ? "there"
                  : "not there: " + Text.withoutControls(status.helperProblem())));
    }
    for (Status.Standing one : status.deviceModels()) {
      out.println(
          Text.withoutControls(one.path().toString())
              + ": "
              + one.state().inWords()
              + (one.shim() == null ? "" : ", shim " + one.shim()));
      if (one.note() != null) {
        out.println("  " + one.note());
      }
      if (one.toDo() != null) {
        out.println("  " + Text.withoutControls(one.toDo()));
      }
    }
    if (!status.isEnabled()) {
      out.println("not enabled: no device model has the shim in front");
    }
  }

  private static void json(JsonGenerator json, Status status) throws IOException {
    json.writeStartObject();
    json.writeBooleanField("well", status.isWell());
    json.writeBooleanField("enabled", status.isEnabled());
    json.writeStringField("mode", status.mode());
    json.writeStringField("target", status.target());
    json.writeStringField("configurationProblem", status.configurationProblem());
    json.writeStringField("helperProblem", status.helperProblem());
    json.writeArrayFieldStart("deviceModels");
    for (Status.Standing one : status.deviceModels()) {
      json.writeStartObject();
      json.writeStringField("path", one.path().toString());
      json.writeStringField("state", one.state().word());
      json.writeStringField("shim", one.shim());
      json.writeStringField("toDo", one.toDo());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
  }
}
