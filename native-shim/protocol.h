/*
 * What dragoman-dm, the helper and `dragoman enable` say to each other. The other side of it is
 * plugin/.../helper/Question.java and Answer.java, and plugin/.../host/ShimSettings.java.
 *
 * All numbers are little-endian. Both ends run on one host.
 *
 * Question and answer are one SOCK_SEQPACKET message each, over the helper's Unix socket or, to a
 * helper that is started for one question, over a socketpair that it has as its standard input.
 */
#ifndef DRAGOMAN_PROTOCOL_H
#define DRAGOMAN_PROTOCOL_H

#include <stdint.h>

/* What the host wants. In the shim's settings and in each question. */
enum dragoman_mode
{
    DRAGOMAN_OFF = 0,     /* start the device model at once; the helper never sees it */
    DRAGOMAN_DRY_RUN = 1, /* ask, say what would be done, start it with the original */
    DRAGOMAN_ENFORCE = 2,
};

/*
 * A domain's configuration has these two arguments where the guest shall keep its PCI slots over a
 * reboot: this option, and a value that the helper understands. No device model knows them, so that
 * on a host without Dragoman it ends at once, and says of which argument. They are in the question,
 * and the edits count them; the device model never gets them, whatever the answer, the mode or the
 * stream. There once at most.
 */
#define DRAGOMAN_TOPOLOGY_OPTION "dragoman-topology" /* behind one hyphen or two */

/*
 * The question: this header, then argv_size octets of arguments, each ended by a NUL, argv[0] first.
 * With it goes one file descriptor (SCM_RIGHTS): the file with the stream, a regular file, readable.
 * The helper does not move its position. With DRAGOMAN_START goes none.
 */
#define DRAGOMAN_QUESTION_MAGIC 0x31515244u /* "DRQ1" */
#define DRAGOMAN_MAX_ARGV_SIZE 131072

enum dragoman_question_kind
{
    DRAGOMAN_INCOMING = 1, /* -incoming fd:N */
    DRAGOMAN_LOADVM = 2,   /* -loadvm FILE */
    /* There is no stream: a guest boots, and its configuration has -dragoman-topology. The answer's
     * actions are edits alone, and the offset is 0. */
    DRAGOMAN_START = 3,
};

struct dragoman_question
{
    uint32_t magic;
    uint32_t kind;
    uint64_t offset;      /* octets before the stream in the file */
    uint32_t deadline_ms; /* nobody waits for the answer after these milliseconds */
    uint32_t mode;        /* enum dragoman_mode, never DRAGOMAN_OFF */
    uint32_t argc;
    uint32_t argv_size;
    char uuid[40]; /* the domain's, 36 octets as text, padded with NUL; empty: not known */
};

/*
 * The answer: this header, then `actions` actions of actions_size octets in all, then text_size
 * octets of UTF-8. The text's first line is what was done or decided, the others are details. File
 * descriptors go with it in the order in which the actions take them; none is left over.
 */
#define DRAGOMAN_ANSWER_MAGIC 0x31415244u /* "DRA1" */
#define DRAGOMAN_MAX_ACTIONS 64
#define DRAGOMAN_MAX_ACTIONS_SIZE 8192
#define DRAGOMAN_MAX_TEXT_SIZE 4096
#define DRAGOMAN_MAX_ANSWER_FDS 4

enum dragoman_outcome
{
    DRAGOMAN_GO = 0,      /* carry out the actions, in order, then start the device model */
    DRAGOMAN_REFUSED = 1, /* do not start it; the text says why. No actions */
    DRAGOMAN_FAILED = 2,  /* the helper could not find out; the text says why. No actions */
};

struct dragoman_answer
{
    uint32_t magic;
    uint32_t outcome;
    uint32_t actions;
    uint32_t actions_size;
    uint32_t text_size;
    uint32_t reserved[3]; /* 0 */
};

/*
 * One action: this header, then `size` octets, a multiple of 4. One of an unknown type is an error,
 * found before any is carried out.
 */
enum dragoman_action_type
{
    /*
     * Give the device model another stream. The body is a uint64_t: its octets. Takes one file
     * descriptor: a memfd of exactly this size, sealed against every change (F_SEAL_SEAL,
     * F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_WRITE). The shim opens it anew for reading only.
     */
    DRAGOMAN_USE_STREAM = 1,

    /*
     * Change the device model's arguments. The body is a struct dragoman_edit, then `added`
     * arguments, each ended by a NUL, then NULs up to a multiple of 4. All edits count in the
     * arguments of the question, are in ascending order, and leave those of the stream alone, and
     * -dragoman-topology, the option and its value. What they may take out and put in is in edit.c.
     */
    DRAGOMAN_EDIT_ARGUMENTS = 2,

    /*
     * Move frames of the guest's memory, before the device model starts. The body is a struct
     * dragoman_relocation. At most one, and behind all others. Once it was tried, the device model
     * starts only where it is done, whatever on_failure says.
     */
    DRAGOMAN_RELOCATE = 3,
};

struct dragoman_edit
{
    uint32_t first;   /* 1 to argc: the first that is taken out, or what those added come before */
    uint32_t removed; /* arguments that are taken out */
    uint32_t added;   /* arguments that are put there; with nothing taken out, at least 1 */
};

#define DRAGOMAN_MAX_FRAMES 65536

/* Frames have 4 KiB. The two ranges do not overlap, and do not go past 2^64. */
struct dragoman_relocation
{
    uint64_t from;   /* the first frame */
    uint64_t to;     /* the frame that it becomes */
    uint32_t frames; /* 1 to DRAGOMAN_MAX_FRAMES */
    uint32_t domid;  /* of the domain that the device model is started for, and no other */
};

struct dragoman_action
{
    uint32_t type;
    uint32_t size;
};

/*
 * The shim's settings: the little of the host's configuration that it must know itself, in the file
 * beside the shim with ".dragoman" after its name, as the real device model is the one with
 * ".real". `dragoman enable` writes it. Exactly this long; owned by root or by who runs the shim,
 * writable by nobody else.
 */
#define DRAGOMAN_SETTINGS_MAGIC "DRAGOMAN" /* without its NUL */
#define DRAGOMAN_SETTINGS_VERSION 1

enum dragoman_on_failure
{
    DRAGOMAN_REFUSE = 0,
    DRAGOMAN_PASS_THROUGH = 1,
};

struct dragoman_settings
{
    char magic[8];
    uint32_t version;
    uint32_t mode;
    uint32_t on_failure;
    uint32_t every_stream; /* 1: ask about streams of other device models, too */
    uint32_t deadline_ms;  /* for everything before the device model starts */
    uint32_t helper_ms;    /* of these, for the resident helper; the rest is the fallback's */
    uint32_t helper_uid;   /* who the helper is, beside root, and who the fallback becomes */
    uint32_t helper_gid;
    uint32_t want_uuid; /* 1: ask xenstored for the domain's uuid, a rule goes by it */
    char socket[108];   /* the helper's, absolute, padded with NUL */
    char fallback[256]; /* a program that answers one question, absolute, padded; "": none */
    char relocate[256]; /* the program that moves frames, absolute, padded; "": none */
    char reserved[360]; /* 0 */
};

_Static_assert(sizeof(struct dragoman_question) == 72, "the question's header");
_Static_assert(sizeof(struct dragoman_answer) == 32, "the answer's header");
_Static_assert(sizeof(struct dragoman_edit) == 12, "an edit's head");
_Static_assert(sizeof(struct dragoman_relocation) == 24, "a relocation");
_Static_assert(sizeof(struct dragoman_settings) == 1024, "one read");

#endif
