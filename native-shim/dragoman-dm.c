/*
 * dragoman-dm stands where a toolstack expects a device model, NAME, and starts the real one,
 * NAME.real, in its own place. Before one that loads the stream of qemu-xen-traditional, it asks
 * Dragoman's helper what the stream means, and hands over what the helper answers, or refuses. Where
 * a guest boots that shall keep its PCI slots, it asks for the arguments that give them.
 *
 * Who may fail, and what then happens: in its exit status the toolstack sees a device model that
 * does not start. libxl then destroys the new domain. A save file stays as it is; a guest that is
 * being migrated goes on at its source.
 */
#include "answer.h"
#include "arguments.h"
#include "ask.h"
#include "deadline.h"
#include "fallback.h"
#include "reason.h"
#include "relocate.h"
#include "report.h"
#include "settings.h"
#include "watchdog.h"
#include "xenstore.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#define EXIT_REFUSED 4
#define EXIT_NOT_FOUND_OUT 6
#define EXIT_CANNOT_START 126
#define EXIT_NOT_THERE 127

#define XENSTORE_MS 500
/* After the deadline: a fallback's grace and its end, and what there is to say. */
#define OVERTIME_MS 1500

/* By this, `dragoman enable` knows the shim of any version. */
__attribute__((used)) static const char marker[] = "dragoman-dm shim " DRAGOMAN_VERSION;

/* NAME, and then what is beside it. */
struct place
{
    char path[PATH_MAX + sizeof(".dragoman")];
    size_t length; /* of NAME */
};

static const char *beside(struct place *place, const char *suffix)
{
    strcpy(place->path + place->length, suffix);
    return place->path;
}

static bool find_real(struct place *place, struct stat *real)
{
    const char *started_as = (const char *)getauxval(AT_EXECFN);
    ssize_t length;

    if ( started_as != NULL && strlen(started_as) < PATH_MAX )
    {
        place->length = strlen(started_as);
        memcpy(place->path, started_as, place->length);
        if ( stat(beside(place, ".real"), real) == 0 )
            return true;
    }
    /* Started by a link of another name, or from a descriptor. */
    length = readlink("/proc/self/exe", place->path, PATH_MAX);
    if ( length <= 0 || length == PATH_MAX )
        return false;
    place->length = (size_t)length;
    return stat(beside(place, ".real"), real) == 0;
}

__attribute__((noreturn)) static void fail_to_start(const char *path, const char *problem,
                                                    int status)
{
    report(
        SEVERITY_ERROR,
        "the device model cannot be started: %s: %s. dragoman-dm stands in its place and expects the real one there: reinstall its package, or run dragoman doctor",
        path, problem);
    exit(status);
}

/* Where one of the three is not open, what is opened next would be taken for it. Gone with the exec. */
static void fill_standard_descriptors(void)
{
    for ( int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++ )
        if ( fcntl(fd, F_GETFD) < 0 )
            open("/dev/null", O_RDWR | O_CLOEXEC);
}

enum content
{
    NOTHING, /* no stream, or one that nobody can look at */
    OTHER,   /* of another device model */
    OURS,    /* qemu-xen-traditional's, or of a guest that was translated once */
    UNREADABLE,
};

static void warn_unchecked(const char *stream, const char *problem)
{
    report(SEVERITY_WARNING, "passed through unchecked: cannot look at the stream %s: %s", stream,
           problem);
}

static enum content unreadable(const char *stream, struct reason *why)
{
    because(why, "the stream %s cannot be read: %s", stream, strerror(errno));
    return UNREADABLE;
}

/* As many octets as there are, up to that. -1: an error. */
static ssize_t read_beginning(const struct stream *stream, unsigned char *bytes, size_t size)
{
    size_t got = 0;

    while ( got < size )
    {
        ssize_t more =
            pread(stream->fd, bytes + got, size - got, (off_t)stream->offset + (off_t)got);

        if ( more < 0 && errno == EINTR )
            continue;
        if ( more <= 0 )
            return more < 0 ? -1 : (ssize_t)got;
        got += (size_t)more;
    }
    return (ssize_t)got;
}

/* -1: it cannot be opened, and what it is then. */
static int open_file(const char *path, enum content *content, struct reason *why)
{
    struct stat status;
    /* Non-blocking, for the case that it is a FIFO. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    int error = errno;

    if ( fd >= 0 )
        return fd;
    *content = NOTHING;
    /* No such file: a snapshot in a disk image has that name. */
    if ( error == ENOENT || error == ENOTDIR || error == ENAMETOOLONG )
        return -1;
    if ( stat(path, &status) == 0 && !S_ISREG(status.st_mode) )
        warn_unchecked(path, strerror(error));
    else
    {
        errno = error;
        *content = unreadable(path, why);
    }
    return -1;
}

#define LOOKED_AT 56

/*
 * A guest that was translated once has slots that the toolstack's arguments do not give it, so these
 * need edits again each time that it is restored. It is known by section footers, which its device
 * model was told to write, and without which qemu-xen writes its streams on Xen: the first section,
 * "timer", is followed by one.
 */
static bool has_footers(const unsigned char bytes[LOOKED_AT])
{
    /* Around the section's id: all of a section (4); its name, instance 0, version 2; 24 octets. */
    static const unsigned char beginning[] = {'Q', 'E', 'V', 'M', 0, 0, 0, 3, 4};
    static const unsigned char name[] = {5, 't', 'i', 'm', 'e', 'r', 0, 0, 0, 0, 0, 0, 0, 2};
    const unsigned char *id = bytes + sizeof(beginning);
    const unsigned char *footer = id + 4 + sizeof(name) + 24;

    return memcmp(bytes, beginning, sizeof(beginning)) == 0 &&
           memcmp(id + 4, name, sizeof(name)) == 0 && footer[0] == 0x7e &&
           memcmp(footer + 1, id, 4) == 0;
}

static enum content tell(const unsigned char bytes[LOOKED_AT], size_t size)
{
    /* Of qemu-xen-traditional, or of what was made of it: version 3, which qemu-xen has, too, but
     * with another type of section at the beginning. */
    static const unsigned char traditional[] = {'Q', 'E', 'V', 'M', 0, 0, 0, 3, 1};

    if ( size >= sizeof(traditional) && memcmp(bytes, traditional, sizeof(traditional)) == 0 )
        return OURS;
    return size == LOOKED_AT && has_footers(bytes) ? OURS : OTHER;
}

/* What there is to ask about. Of UNREADABLE, also why. */
static enum content look_at(const struct stream_argument *argument, char **argv,
                            struct stream *stream, struct reason *why)
{
    unsigned char bytes[LOOKED_AT] = {0};
    char **value = &argv[argument->index];
    enum content content;
    struct stat status;
    off_t offset;
    ssize_t got;

    stream->kind = argument->kind;
    stream->argument = value;
    stream->fd = argument->fd;
    if ( stream->kind == DRAGOMAN_LOADVM )
    {
        stream->fd = open_file(*value, &content, why);
        if ( stream->fd < 0 )
            return content;
    }
    if ( fstat(stream->fd, &status) != 0 )
    {
        if ( errno != EBADF )
            return unreadable(*value, why);
        /* The device model will say so, too. */
        warn_unchecked(*value, strerror(errno));
        return NOTHING;
    }
    if ( !S_ISREG(status.st_mode) )
    {
        /* libxl's is a regular file. Of a pipe, what is looked at is gone. */
        if ( stream->kind == DRAGOMAN_INCOMING )
            warn_unchecked(*value, "not a regular file");
        return NOTHING;
    }
    offset = lseek(stream->fd, 0, SEEK_CUR);
    if ( offset < 0 )
        return unreadable(*value, why);
    stream->offset = (uint64_t)offset;
    got = read_beginning(stream, bytes, sizeof(bytes));
    if ( got < 0 )
        return unreadable(*value, why);
    return tell(bytes, (size_t)got);
}

/* A description of its own: its position is not the device model's, and it cannot be written. */
static bool open_for_helper(const struct stream *stream, int *opened, struct reason *why)
{
    char path[32];

    snprintf(path, sizeof(path), "/proc/self/fd/%d", stream->fd);
    *opened = open(path, O_RDONLY | O_CLOEXEC);
    return *opened >= 0 || because(why, "the stream cannot be opened anew: %s", strerror(errno));
}

/* What came of asking. */
struct outcome
{
    bool answered;
    bool by_fallback;
    struct answer answer;
    struct reason helper;   /* why the helper could not be asked */
    struct reason fallback; /* why the fallback could not */
};

static void ask(const struct dragoman_settings *settings, const struct stream *stream,
                const struct command_line *command, int64_t start, struct outcome *outcome)
{
    static struct question question;
    int64_t deadline = after_ms(start, settings->deadline_ms);
    int64_t helper_deadline = after_ms(start, settings->helper_ms);

    question.head = (struct dragoman_question){
        .magic = DRAGOMAN_QUESTION_MAGIC,
        .kind = stream->kind,
        .offset = stream->offset,
        .mode = settings->mode,
    };
    question.command = command;
    question.stream = -1;
    if ( !put_arguments(&question, command->argv, &outcome->helper) ||
         (stream->kind != DRAGOMAN_START &&
          !open_for_helper(stream, &question.stream, &outcome->helper)) )
    {
        because(&outcome->fallback, "the fallback was not asked");
        return;
    }
    if ( settings->want_uuid && command->domid >= 0 )
        read_uuid(command->domid, earlier(after_ms(start, XENSTORE_MS), deadline),
                  question.head.uuid);

    start_interrupting();
    outcome->answered =
        ask_helper(settings, &question, helper_deadline, &outcome->answer, &outcome->helper);
    if ( !outcome->answered )
    {
        outcome->answered =
            ask_fallback(settings, &question, deadline, &outcome->answer, &outcome->fallback);
        outcome->by_fallback = outcome->answered;
    }
    if ( question.stream >= 0 )
        close(question.stream);
    stop_interrupting();
}

/* The answer's first line, who gave it where that is not the helper, and its details. */
static void report_answer(enum severity severity, const struct outcome *outcome)
{
    const char *text = outcome->answer.text;
    int line = (int)strcspn(text, "\n");

    if ( line == 0 )
        text = outcome->answer.outcome == DRAGOMAN_GO ? "done" : "refused, without a reason";
    if ( line == 0 )
        line = (int)strlen(text);
    if ( outcome->by_fallback )
        report(severity, "%.*s (%s; asked the fallback)%s", line, text, outcome->helper.text,
               text + line);
    else
        report(severity, "%s", text);
}

/* What is said where nobody could find out: of a stream, and of a guest that boots. */
struct matter
{
    const char *dry_run;
    const char *started_with;
    const char *passed;
    const char *refused;
    const char *otherwise;
};

static const struct matter of_stream = {
    .dry_run = "what the stream means",
    .started_with = "the original",
    .passed = "passed through unchecked",
    .refused = "could not find out what the stream means",
    .otherwise = "With on-failure: pass-through, the device model would have started unchecked",
};

static const struct matter of_boot = {
    .dry_run = "how the guest keeps its PCI slots",
    .started_with = "those of its toolstack",
    .passed =
        "started with the PCI slots of its toolstack, which may be others than the guest knows",
    .refused =
        "Dragoman keeps this guest's PCI slots, as -dragoman-topology in its configuration says, and could not find out how",
    .otherwise =
        "With on-failure: pass-through, or without -dragoman-topology, it would have started with the slots of its toolstack",
};

/* Leaves, or returns where the host wants the device model to start all the same. */
static void conclude_failure(const struct dragoman_settings *settings,
                             const struct outcome *outcome, const struct matter *matter)
{
    if ( settings->mode == DRAGOMAN_DRY_RUN )
    {
        report(SEVERITY_WARNING, "dry run: could not find out %s: %s; %s. Started with %s",
               matter->dry_run, outcome->helper.text, outcome->fallback.text, matter->started_with);
        return;
    }
    if ( settings->on_failure == DRAGOMAN_PASS_THROUGH )
    {
        report(SEVERITY_WARNING, "%s (on-failure): %s; %s", matter->passed, outcome->helper.text,
               outcome->fallback.text);
        return;
    }
    report(SEVERITY_ERROR, "refused: %s\n%s\n%s\ndragoman doctor says what to do. %s",
           matter->refused, outcome->helper.text, outcome->fallback.text, matter->otherwise);
    exit(EXIT_NOT_FOUND_OUT);
}

/* What cannot be taken back, so that there is no passing through behind it. Leaves, or it is done. */
static void move_memory(const struct dragoman_settings *settings,
                        const struct dragoman_relocation *relocation, int64_t until)
{
    int64_t before = now();
    struct reason why;

    if ( relocate(settings, relocation, until, &why) )
    {
        report(SEVERITY_INFO, "moved %u frames of the guest's video memory in %.3f ms",
               relocation->frames, (double)(now() - before) / 1e6);
        return;
    }
    report(
        SEVERITY_ERROR,
        "refused: the guest's video memory cannot be moved to where the device model wants it: %s. The domain was not started; where it came from, it is as it was",
        why.text);
    exit(EXIT_REFUSED);
}

/*
 * About a stream, or about a guest that boots. Returns if the device model shall start,
 * with what is now in its arguments and descriptors.
 */
static void consult(struct place *place, int argc, char ***arguments,
                    const struct stream_argument *argument, int topology)
{
    static struct outcome outcome;
    const struct dragoman_relocation *relocation;
    char **argv = *arguments;
    int64_t start = now();
    bool boots = argument->kind == DRAGOMAN_START;
    struct domain domain;
    struct stream stream = {.kind = DRAGOMAN_START, .fd = -1};
    struct dragoman_settings settings;
    struct reason unusable;
    struct reason why;
    enum content content;
    bool usable;

    fill_standard_descriptors();
    find_domain(argc, argv, &domain);
    report_about(&domain);
    usable = read_settings(beside(place, ".dragoman"), &settings, &unusable);
    if ( usable )
    {
        if ( settings.mode == DRAGOMAN_OFF )
            return;
        report_until(after_ms(start, settings.deadline_ms));
        end_at(after_ms(after_ms(start, settings.deadline_ms), OVERTIME_MS));
    }
    content = boots ? OURS : look_at(argument, argv, &stream, &why);
    if ( content == NOTHING || (content == OTHER && !(usable && settings.every_stream)) )
        return;
    if ( !usable )
    {
        report(SEVERITY_ERROR, "refused: cannot use the settings %s: %s; run dragoman enable",
               place->path, unusable.text);
        exit(EXIT_NOT_FOUND_OUT);
    }

    if ( content == UNREADABLE )
    {
        outcome.helper = why;
        because(&outcome.fallback, "nobody was asked");
    }
    else
    {
        const struct command_line command = {argc, argv, argument->index, topology, domain.id};

        ask(&settings, &stream, &command, start, &outcome);
    }
    if ( !outcome.answered )
    {
        conclude_failure(&settings, &outcome, boots ? &of_boot : &of_stream);
        return;
    }
    if ( outcome.answer.outcome == DRAGOMAN_REFUSED )
    {
        report_answer(settings.mode == DRAGOMAN_ENFORCE ? SEVERITY_ERROR : SEVERITY_WARNING,
                      &outcome);
        if ( settings.mode == DRAGOMAN_ENFORCE )
            exit(EXIT_REFUSED);
        return;
    }
    if ( settings.mode == DRAGOMAN_ENFORCE &&
         !carry_out(&outcome.answer, &stream, arguments, &why) )
    {
        because(&outcome.helper, "the answer could not be carried out: %s", why.text);
        because(&outcome.fallback, "the original is as it was");
        conclude_failure(&settings, &outcome, boots ? &of_boot : &of_stream);
        return;
    }
    relocation = find_relocation(&outcome.answer);
    if ( settings.mode == DRAGOMAN_ENFORCE && relocation != NULL )
        move_memory(&settings, relocation, after_ms(start, settings.deadline_ms));
    report_answer(outcome.by_fallback ? SEVERITY_WARNING : SEVERITY_INFO, &outcome);
}

int main(int argc, char **argv)
{
    static struct place place;
    struct stream_argument argument;
    struct reason why;
    struct stat real;
    struct stat self;
    int topology;

    if ( !find_real(&place, &real) )
        fail_to_start(beside(&place, ".real"), strerror(errno), EXIT_NOT_THERE);
    if ( stat("/proc/self/exe", &self) == 0 && self.st_dev == real.st_dev &&
         self.st_ino == real.st_ino )
        fail_to_start(place.path, "this is dragoman-dm itself", EXIT_CANNOT_START);

    if ( !find_topology_argument(argc, argv, &topology, &why) )
    {
        report(
            SEVERITY_ERROR,
            "refused: %s; it keeps a guest's PCI slots: device_model_args_hvm=[\"-dragoman-topology\", \"keep\"] in the domain's configuration",
            why.text);
        exit(EXIT_REFUSED);
    }
    /* Most start at once: they have neither a stream, nor slots to keep. */
    if ( find_stream_argument(argc, argv, &argument) ||
         (topology != 0 && argument.kind == DRAGOMAN_START) )
        consult(&place, argc, &argv, &argument, topology);
    /* Not before: the edits count it. */
    if ( topology != 0 )
        take_out_topology_argument(argv);

    execve(beside(&place, ".real"), argv, environ);
    fail_to_start(place.path, strerror(errno),
                  errno == ENOENT ? EXIT_NOT_THERE : EXIT_CANNOT_START);
}
