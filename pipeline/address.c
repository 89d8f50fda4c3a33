#include "pipeline/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#define TEXT_MAX 64

struct net {
	const char *text;
	int bits;
};

static const struct net special4[] = {
	{ "0.0.0.0", 8 }, { "10.0.0.0", 8 }, { "100.64.0.0", 10 }, { "127.0.0.0", 8 }, { "169.254.0.0", 16 }, { "172.16.0.0", 12 },
	{ "192.0.0.0", 24 }, { "192.0.2.0", 24 }, { "192.88.99.0", 24 }, { "192.168.0.0", 16 }, { "198.18.0.0", 15 },
	{ "198.51.100.0", 24 }, { "203.0.113.0", 24 }, { "224.0.0.0", 4 }, { "240.0.0.0", 4 },
};

/* Of what is global unicast at all. */
static const struct net special6[] = {
	{ "2001::", 23 }, { "2001:db8::", 32 }, { "3fff::", 20 }, { "5f00::", 16 },
};

/* IPv6 networks whose addresses have an IPv4 address inside, from that byte on: that one is meant. */
static const struct {
	struct net net;
	int at;
} carriers[] = {
	{ { "::ffff:0:0", 96 }, 12 }, { { "64:ff9b::", 96 }, 12 }, { { "::ffff:0:0:0", 96 }, 12 }, { { "2002::", 16 }, 2 }, { { "::", 96 }, 12 },
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static bool same_bits(const uint8_t *a, const uint8_t *b, int bits)
{
	int whole = bits / 8, rest = bits % 8;
	uint8_t mask = (uint8_t)(0xff00 >> rest);

	return memcmp(a, b, (size_t)whole) == 0 && (rest == 0 || ((a[whole] ^ b[whole]) & mask) == 0);
}

static bool in_net(int family, const uint8_t *raw, const struct net *n)
{
	uint8_t net[16];

	return inet_pton(family, n->text, net) == 1 && same_bits(raw, net, n->bits);
}

static bool in_any(int family, const uint8_t *raw, const struct net *nets, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (in_net(family, raw, &nets[i]))
			return true;
	return false;
}

static bool public4(const uint8_t *raw)
{
	return !in_any(AF_INET, raw, special4, COUNT(special4));
}

static bool public6(const uint8_t *raw)
{
	static const struct net global = { "2000::", 3 };

	for (size_t i = 0; i < COUNT(carriers); i++)
		if (in_net(AF_INET6, raw, &carriers[i].net))
			return public4(raw + carriers[i].at);
	return in_net(AF_INET6, raw, &global) && !in_any(AF_INET6, raw, special6, COUNT(special6));
}

static const uint8_t *raw_of(const struct sockaddr *a)
{
	if (a->sa_family == AF_INET)
		return (const uint8_t *)&((const struct sockaddr_in *)(const void *)a)->sin_addr;
	if (a->sa_family == AF_INET6)
		return (const uint8_t *)&((const struct sockaddr_in6 *)(const void *)a)->sin6_addr;
	return NULL;
}

bool address_is_public(const struct sockaddr *a)
{
	const uint8_t *raw = raw_of(a);

	return raw && (a->sa_family == AF_INET ? public4(raw) : public6(raw));
}

static bool line_allows(struct str line, const struct sockaddr *a)
{
	int64_t bits = a->sa_family == AF_INET ? 32 : 128;
	struct str rest = line, host;
	char text[TEXT_MAX];
	struct net n;

	(void)str_next(&rest, '/', &host);
	if (host.n == 0 || host.n >= sizeof text || (str_is_set(rest) && rest.n > 0 && str_to_int(rest, 0, bits, &bits) < 0))
		return false;
	snprintf(text, sizeof text, "%.*s", STR_ARG(host));
	n = (struct net){ text, (int)bits };
	return in_net(a->sa_family, raw_of(a), &n);
}

bool address_is_allowed(struct str list, const struct sockaddr *a)
{
	struct str line;

	if (!raw_of(a))
		return false;
	while (str_next(&list, '\n', &line))
		if (line_allows(str_trim(line), a))
			return true;
	return false;
}

bool address_host_is_allowed(struct str list, struct str host)
{
	struct str line;

	while (str_next(&list, '\n', &line))
		if (str_trim(line).n > 0 && str_ieq(str_trim(line), host))
			return true;
	return false;
}
