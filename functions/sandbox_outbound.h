/* sandbox_outbound.h - the way out of a cage that was given one: a program that carries its packets, one for each cage. For sandbox.c.
 *
 *     STARTING --up--> UP --stop--> STOPPING --closed--> (empty)         from the first two also --lost-->, and then it must be stopped
 *
 * The program is slirp4netns. It joins the network of the cage once, to make an interface there, and from then on speaks for it by ordinary
 * sockets of the host: no rights, addresses or rules of the host are needed, and nothing on the host listens for the cage. It runs on
 * the host, as the daemon's user (of root it keeps nothing but low ports), under a filter of its own and without files: in an empty file system
 * as root, else by Landlock (functions/sandbox/carry.h), without which an ordinary user has no such cages. The
 * namespaces it joins are told by the kernel from a socket that was made in the cage (SIOCGSKNS, ioctl_ns(2)), so nobody needs to be allowed
 * to look into its process 1. pasta would do the same work, and is not used: its newer versions close descriptors that they
 * inherit, which leaves only a process to name that may be looked into; and it gives the cage the host's own address.
 *
 * What a cage with a way out reaches: whatever the host reaches, private networks as well, as a function in a VPC does. Not
 * reached: the host. Neither its loopback (the program refuses) nor any address that the host has when the cage is made: for these, and for
 * the places where clouds tell machines their secrets (functions/sandbox/routes.h), the cage has a route to nowhere, made before the
 * interface and for good. An address that leads back to the host in the network outside is outside, and a multicast group
 * may have the host as a member. IPv4 only. Names are
 * resolved by whom the host asks. Nobody reaches the cage.
 *
 * Its end comes with the daemon's end of a socket, however the daemon ends; and with sandbox_kill at once. It counts to the daemon and
 * not to the cage: hence the limits.
 *
 * All on the loop thread. Embedded in the sandbox; not movable.
 */
#ifndef FUNCTIONS_SANDBOX_OUTBOUND_H
#define FUNCTIONS_SANDBOX_OUTBOUND_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <uv.h>

#define OUTBOUND_FILES_MAX 1088		/* of the program: a connection takes one, and a cage has 1024 */
#define OUTBOUND_MEMORY_MAX (1LL << 30)	/* its addresses: at most 256 KB of buffers a connection */

enum outbound_state { OUTBOUND_NONE, OUTBOUND_STARTING, OUTBOUND_UP, OUTBOUND_STOPPING };

struct outbound_programs {		/* paths, lent for the call */
	const char *carrier;		/* slirp4netns; NULL or "": there is none */
	const char *sandbox;		/* minilab-sandbox; for a daemon that is not root */
};

struct outbound {			/* `{0}` is none */
	uv_loop_t *loop;		/* the caller's, as are the callbacks */
	enum outbound_state state;
	int sock;			/* owned: it writes a byte when it is up, and ends with it */
	pid_t pid;			/* ours to reap until closed */
	uv_poll_t poll;
	void *owner;
	void (*up)(void *owner);
	void (*lost)(void *owner);	/* it ended by itself; once */
	void (*closed)(void *owner);
};

/* `inside`: a socket of the cage, borrowed. `up` or `lost` follows, never from in here. A negated errno, and in `why` (of
 * `size` bytes) what for people; then it is none. */
int outbound_start(struct outbound *o, const struct outbound_programs *p, int inside, char *why, size_t size);

void outbound_stop(struct outbound *o);	/* `closed` follows, unless it is none or stops already */

/* The IPv4 addresses that the host has, but for its loopback; how many, or -E2BIG when there are more than `max`. */
int outbound_host_addresses(uint32_t *list, int max);

#endif
