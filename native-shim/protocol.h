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
 * The question: this header, then argv_size octets of arguments, each ended by a NUL, argv[0] first.
 * With it goes one file descriptor (SCM_RIGHTS): the file with the stream, a regular file, readable.
 * The helper does not move its position.
 */
#define DRAGOMAN_QUESTION_MAGIC 0x31515244u /* "DRQ1" */
#define DRAGOMAN_MAX_ARGV_SIZE 131072

enum dragoman_question_kind
{
    DRAGOMAN_INCOMING = 1, /* -incoming fd:N */
    DRAGOMAN_LOADVM = 2,   /* -loadvm FILE */
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
    char reserved[616]; /* 0 */
};

_Static_assert(sizeof(struct dragoman_question) == 72, "the question's header");
_Static_assert(sizeof(struct dragoman_answer) == 32, "the answer's header");
_Static_assert(sizeof(struct dragoman_settings) == 1024, "one read");

#endif
