/* fault.h - what went wrong in an environment, in the words that its caller gets (facts/01 section 2.5).
 *
 * The first fault of a generation of processes counts: what follows from it says less.
 */
#ifndef CUSTOM_FAULT_H
#define CUSTOM_FAULT_H

#include "functions/custom.h"
#include "functions/custom/bootstrap.h"
#include "functions/sandbox.h"

#define FAULT_MESSAGE_MAX 512

struct fault {				/* `{0}`: none */
	bool is;
	enum custom_end end;
	char type[64];			/* "Runtime.ExitError" */
	char message[FAULT_MESSAGE_MAX];	/* without "RequestId: ... Error: " */
	struct buf body;		/* owned: the error's JSON as the runtime sent it, instead */
};

/* Notes it when there is none yet. `type` is cut at its room. */
void fault_set(struct fault *f, enum custom_end end, struct str type, const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void fault_set_body(struct fault *f, enum custom_end end, struct str type, struct str body);
void fault_clear(struct fault *f);

/* How the runtime's process ended; `b`: what had been started. */
void fault_of_runtime(struct fault *f, const struct sandbox_exit *how, const struct bootstrap *b);
void fault_of_extension(struct fault *f, const struct sandbox_exit *how, const char *path);

/* {"errorType":...,"errorMessage":"RequestId: ... Error: ..."}, or the body. */
void fault_write(const struct fault *f, struct str request, struct buf *to);

/* What a runtime calls its error, as it may stand in telemetry: (Runtime|Function)\.[A-Z][a-zA-Z]+, else Unknown of its kind. */
void fault_known_type(struct str said, char to[64]);

#endif
