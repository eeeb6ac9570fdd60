package org.dragoman.helper;

import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.dragoman.host.HostConfiguration;
import org.dragoman.host.Mode;
import org.dragoman.os.Memfd;
import org.dragoman.os.MessageSocket;
import org.dragoman.os.OwnedFd;
import org.dragoman.os.Processes;
import org.dragoman.os.Scratch;
import org.dragoman.policy.UnknownProductException;
import org.dragoman.stream.Text;

/**
 * Answers the shim's questions: resident, from a socket that it listens at, or as the fallback, one
 * question from a socket that it was started with.
 *
 * <p>Resident, as many threads as the configuration allows wait for a connection each, and see it
 * through from the question to the answer. The kernel's backlog is the only queue.
 */
public final class Helper {
  /** A shim sends its question at once; whoever does not is no shim. */
  private static final int PATIENCE_MS = 2000;

  private static final long LONGEST_WARM_UP = TimeUnit.SECONDS.toNanos(20);

  private static final String SAMPLE = "/sample/xenserver-6.2.standard.qemu-save";

  private final AtomicReference<Served> served;
  private final PrintStream log;
  private final String version;

  /** What one thread answers in, one question after another. */
  private record Memory(Scratch stream, MessageSocket.Buffer message) implements AutoCloseable {
    Memory() throws IOException {
      this(new Scratch(), new MessageSocket.Buffer(Math.max(Question.MOST, Answer.MOST)));
    }

    @Override
    public void close() {
      stream.close();
    }
  }

  /**
   * A helper.
   *
   * @param log for what an administrator should know and no answer says
   * @param version Dragoman's, for the audit log
   */
  public Helper(HostConfiguration configuration, PrintStream log, String version) {
    this.served = new AtomicReference<>(Served.of(configuration));
    this.log = log;
    this.version = version;
  }

  /** Answers by another configuration from the next question on. */
  public void reload(HostConfiguration configuration) {
    served.set(Served.of(configuration));
  }

  /** What it translates for, for people. */
  public String target() {
    Served now = served.get();
    return now.target() == null ? "no target: " + now.noTarget() : "target " + now.target().id();
  }

  /**
   * Starts to answer what comes to a socket. The threads do not keep the process alive, and do not
   * end.
   *
   * @param listener a listening socket; it must stay open
   * @throws IOException if there is no memory to answer in
   */
  public void serve(MessageSocket listener) throws IOException {
    int parallel = served.get().configuration().settings().parallel();
    for (int i = 0; i < parallel; i++) {
      Memory memory = new Memory();
      Thread worker = new Thread(() -> work(listener, memory), "answers-" + i);
      worker.setDaemon(true);
      worker.start();
    }
  }

  /**
   * Answers a sample until the code is warm, for some seconds at most, and gives back the memory
   * that compiling it took.
   *
   * @param most how often at most
   * @return how often
   */
  public int warmUp(int most) {
    long start = System.nanoTime();
    int done = 0;
    while (done < most && System.nanoTime() - start < LONGEST_WARM_UP) {
      if (done % QEMU_XEN_TURN == 0) {
        rehearse(Question.Kind.INCOMING, QEMU_XEN);
      } else {
        rehearse(Question.Kind.LOADVM, List.of("rehearsal"));
      }
      done++;
    }
    Processes.returnFreeMemory();
    return done;
  }

  /** One of so many rehearsals is for qemu-xen. */
  private static final int QEMU_XEN_TURN = 2;

  /** What libxl gives qemu-xen for a guest like the sample's, as far as it matters. */
  private static final List<String> QEMU_XEN =
      List.of(
          "rehearsal",
          "-xen-domid",
          "1",
          "-device",
          "cirrus-vga,vgamem_mb=8",
          "-usb",
          "-usbdevice",
          "tablet",
          "-incoming",
          "fd:9",
          "-machine",
          "xenfv,suppress-vmdesc=on",
          "-device",
          "rtl8139,id=nic0,netdev=net0",
          "-m",
          "504");

  /**
   * Answers a sample as if shims had asked, one of qemu-xen and one of the traditional device
   * model: through a socket, with everything but a line in the audit log.
   *
   * @return the text of the last answer
   */
  public String rehearse() {
    rehearse(Question.Kind.INCOMING, QEMU_XEN);
    return rehearse(Question.Kind.LOADVM, List.of("rehearsal"));
  }

  private String rehearse(Question.Kind kind, List<String> arguments) {
    byte[] sample = sample();
    List<MessageSocket> ends = new ArrayList<>();
    try (Memory memory = new Memory();
        Memfd stream = Memfd.of("dragoman-sample", sample)) {
      ends.addAll(MessageSocket.pair());
      Question question = new Question(kind, 0, PATIENCE_MS, Mode.ENFORCE, arguments, null);
      MessageSocket shim = ends.get(0);
      shim.send(question.bytes(), List.of(stream.fd()), memory.message());
      answer(ends.get(1), "rehearsal", served.get().forRehearsal(), memory);
      try (MessageSocket.Message answer = shim.receive(memory.message())) {
        return answer == null ? "no answer" : Answer.text(answer.bytes());
      }
    } catch (IOException | UnknownProductException e) {
      return e.getMessage();
    } finally {
      ends.forEach(MessageSocket::close);
    }
  }

  private static byte[] sample() {
    try (InputStream in = Helper.class.getResourceAsStream(SAMPLE)) {
      if (in == null) {
        throw new IllegalStateException("this build has no sample in it: " + SAMPLE);
      }
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void work(MessageSocket listener, Memory memory) {
    while (true) {
      try (MessageSocket connection = listener.accept()) {
        answer(connection, "resident", served.get(), memory);
      } catch (IOException e) {
        say(e.getMessage());
        pause();
      } catch (RuntimeException | Error e) {
        // The next question may be a better one.
        say("a bug; please report it: " + e);
        e.printStackTrace(log);
        pause();
      }
    }
  }

  /** Whatever keeps failing shall not keep a processor busy. */
  private static void pause() {
    try {
      TimeUnit.MILLISECONDS.sleep(10);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * Answers the one question that comes from a socket.
   *
   * @throws IOException if none comes, or the answer cannot be sent
   */
  public void answerOne(MessageSocket connection) throws IOException {
    try (Memory memory = new Memory()) {
      answer(connection, "fallback", served.get(), memory);
    }
  }

  /**
   * Tells the shim that its one question cannot be answered.
   *
   * @param reasons why, a line each
   * @throws IOException if there is none, or the answer cannot be sent
   */
  public static void fail(MessageSocket connection, List<String> reasons) throws IOException {
    try (Memory memory = new Memory();
        MessageSocket.Message message = connection.receive(memory.message())) {
      if (message != null) {
        connection.send(new Answer.Failed(reasons).bytes(), List.of(), memory.message());
      }
    }
  }

  private void answer(MessageSocket connection, String name, Served served, Memory memory)
      throws IOException {
    long start = System.nanoTime();
    MessageSocket.Peer peer = connection.peer();
    if (peer.uid() != 0 && peer.uid() != Processes.effectiveUser()) {
      say("process " + peer.pid() + " of user " + peer.uid() + " may not ask");
      return;
    }
    connection.patience(PATIENCE_MS);
    try (MessageSocket.Message message = connection.receive(memory.message())) {
      if (message == null) {
        // Somebody looked whether there is a helper.
        return;
      }
      Answer answer = answer(message, name, served, memory, connection, start);
      try {
        connection.send(answer.bytes(), answer.fds(), memory.message());
      } finally {
        answer.streams().forEach(Memfd::close);
      }
    }
  }

  private Answer answer(
      MessageSocket.Message message,
      String name,
      Served served,
      Memory memory,
      MessageSocket asker,
      long start) {
    try {
      Question question = Question.read(message.bytes());
      int expected = question.kind().descriptors();
      if (message.fds().size() != expected) {
        throw new Question.MalformedException(
            "found " + message.fds().size() + " file descriptors, expected " + expected);
      }
      OwnedFd stream = expected == 0 ? null : message.fds().get(0);
      return new Answerer(
              served,
              question,
              name,
              version,
              memory.stream(),
              () -> asker.isAbandoned(memory.message()),
              start)
          .answer(stream);
    } catch (Question.MalformedException e) {
      say("not a question: " + e.getMessage() + "; are shim and helper of one version?");
      return new Answer.Failed(
          List.of(
              "the helper does not understand the question: "
                  + e.getMessage()
                  + "; run dragoman enable, and start the helper anew"));
    }
  }

  private void say(String message) {
    log.println("dragoman: " + Text.withoutControls(message));
  }
}
