/* extension.h - extensions of an environment: the programs in /opt/extensions and what registers from inside the runtime (facts/04 section 5).
 *
 * External ones are found in the layers on the host, a later layer's file before an earlier one's of the same name; each executable file
 * is one. The loop looks for them, so a layer has at most EXTENSION_FILES_MAX files there. They are started before the runtime, must
 * register, and then wait for events as the runtime does.
 */
#ifndef CUSTOM_EXTENSION_H
#define CUSTOM_EXTENSION_H

#include "functions/custom/life.h"

#define EXTENSION_FILES_MAX 1000	/* in /opt/extensions of one layer, "." and ".." counted */

void extension_start_all(struct custom_environment *e);	/* of a new generation; a fault when one cannot be */
bool extension_all_registered(const struct custom_environment *e);
bool extension_all_ready(const struct custom_environment *e);	/* they wait for an event, and none is due */
bool extension_any_external(const struct custom_environment *e);
bool extension_any_alive(const struct custom_environment *e);
bool extension_any_to_tell(const struct custom_environment *e);	/* lives, and wants SHUTDOWN */

void extension_invoke_all(struct custom_environment *e);
void extension_shutdown_all(struct custom_environment *e);	/* e->reason, e->shutdown_ms */

void extension_give(struct custom_environment *e, struct extension *x);	/* the event that is due, if it waits for one */
void extension_make_identifier(char to[37]);			/* a random UUID */

/* True when that process was one's; a fault when it had to live on. */
bool extension_exited(struct custom_environment *e, int process, const struct sandbox_exit *how);

void extension_flush_all(struct custom_environment *e);		/* their output */
void extension_forget_all(struct custom_environment *e);	/* their waiters are told, nothing is left */

#endif
