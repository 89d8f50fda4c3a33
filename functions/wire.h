/* wire.h - what the daemon and minilab-runner say to each other, over SEQPACKET
 * socketpairs. Every message is one packet: this header, then `length` bytes of text.
 * Descriptors ride along by SCM_RIGHTS. Both ends are the same machine and build: native
 * byte order. The daemon trusts nothing that comes from a cage: sizes, seals and JSON are checked.
 *
 *   zygote -> daemon   WIRE_READY    once; value = microseconds of init; text = JSON of cage features (cage.h)
 *   daemon -> zygote   WIRE_SPAWN    struct cage_limits as text bytes; fd: the cage's end of a new socketpair
 *   zygote -> daemon   WIRE_SPAWNED  value = pid; fd: pidfd   | WIRE_FAILED value = errno, text = step; in the order asked
 *   cage   -> daemon   WIRE_READY    value = microseconds of init   | WIRE_FAILED value = error, text = step; then it ends
 *   daemon -> cage     WIRE_INVOKE   value = input length; text = JSON {"request","event","env"}; fd: input (optional)
 *   cage   -> daemon   WIRE_REFUSED  an allocation was refused; at most once per invocation, before the outcome
 *   cage   -> daemon   WIRE_RESULT   value = output length; text = JSON of the answer; fd: sealed memfd (absent if 0)
 *   cage   -> daemon   WIRE_ERROR    text = JSON {"errorType","errorMessage"}
 */
#ifndef FUNCTIONS_WIRE_H
#define FUNCTIONS_WIRE_H

#include <stdint.h>

#include "base/str.h"

#define WIRE_TEXT_MAX 65536

enum wire_kind { WIRE_SPAWN = 1, WIRE_SPAWNED, WIRE_FAILED, WIRE_READY, WIRE_INVOKE, WIRE_REFUSED, WIRE_RESULT, WIRE_ERROR };

struct wire_header {
	uint32_t kind, length;
	int64_t value;
	int64_t id;			/* of the invocation, in what is said about one */
};

struct wire_message {
	struct wire_header head;
	char text[WIRE_TEXT_MAX + 1];	/* NUL-terminated after receive */
	int fd;				/* -1: none; the receiver owns it */
};

/* head.length is set from the text. Blocking unless the socket is not. 0, -EAGAIN, E_TOO_LARGE for more text than WIRE_TEXT_MAX, E_CLOSED at the
 * end of the stream, E_BAD_INPUT for a packet that breaks the form (its descriptors are closed). */
int wire_send(int sock, struct wire_header head, struct str text, int fd);
int wire_receive(int sock, struct wire_message *m);

#endif
