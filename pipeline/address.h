/* address.h - may a request of ours go to that address? Webhooks are told by whoever has the keys, but what they reach must not be what only
 * this machine and its neighbours are meant to reach.
 *
 * Only addresses of the public internet do (IANA's special-purpose registries: RFC 6890, RFC 8190), also in the forms that carry an IPv4
 * address inside of an IPv6 one: mapped, compatible, NAT64, 6to4. An allowance is a network (10.1.0.0/16, fd00::/8), an address, or a host by its
 * name, which then may have any address. Asked about the very address that is being connected to, so a name that changes what it says between
 * two questions gains nothing. Any thread.
 */
#ifndef PIPELINE_ADDRESS_H
#define PIPELINE_ADDRESS_H

#include <sys/socket.h>

#include "base/str.h"

bool address_is_public(const struct sockaddr *a);

/* `list`: allowances, one per line. */
bool address_is_allowed(struct str list, const struct sockaddr *a);
bool address_host_is_allowed(struct str list, struct str host);

#endif
