/* carry.h - minilab-sandbox as the way into slirp4netns (functions/sandbox_outbound.h) for a daemon that is not root. That one's own
 * file system without files takes a cage that has a root, and ours have none; so it gets one by Landlock: the system's libraries, the
 * address of the resolver, the device. Neither the data directory nor anything else of its user's. */
#ifndef SANDBOX_CARRY_H
#define SANDBOX_CARRY_H

/* The path of the program and its arguments, with the path once more as the first of them. */
_Noreturn void carry_run(char **argv);

#endif
