#include "functions/sandbox/loopback.h"

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define WAITING_MAX 128		/* connections that the daemon has not accepted yet */

static const uint16_t ports[SANDBOX_LISTENERS] = { [SANDBOX_RUNTIME_API] = SANDBOX_RUNTIME_PORT, [SANDBOX_ENDPOINT] = SANDBOX_ENDPOINT_PORT };

static int bring_up(void)
{
	struct ifreq r = { .ifr_flags = IFF_UP | IFF_RUNNING };
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), rc = 0;

	if (s < 0)
		return -errno;
	snprintf(r.ifr_name, sizeof r.ifr_name, "lo");
	if (ioctl(s, SIOCSIFFLAGS, &r) < 0)
		rc = -errno;
	close(s);
	return rc;
}

static int listen_on(uint16_t port)
{
	struct sockaddr_in at = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), rc;

	if (s < 0)
		return -errno;
	if (bind(s, (struct sockaddr *)&at, sizeof at) == 0 && listen(s, WAITING_MAX) == 0)
		return s;
	rc = -errno;
	close(s);
	return rc;
}

int loopback_listen(int listeners[SANDBOX_LISTENERS])
{
	int rc;

	if ((rc = bring_up()) < 0)
		return rc;
	for (int i = 0; i < SANDBOX_LISTENERS; i++)
		if ((listeners[i] = listen_on(ports[i])) < 0)
			return listeners[i];
	return 0;
}
