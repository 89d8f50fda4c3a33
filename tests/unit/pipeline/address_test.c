#include "pipeline/address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "tests/lib/t.h"

static const struct sockaddr *parse(const char *text, struct sockaddr_storage *to)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)(void *)to;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)to;

	memset(to, 0, sizeof *to);
	if (inet_pton(AF_INET, text, &v4->sin_addr) == 1) {
		v4->sin_family = AF_INET;
	} else {
		assert_int_equal(inet_pton(AF_INET6, text, &v6->sin6_addr), 1);
		v6->sin6_family = AF_INET6;
	}
	return (const struct sockaddr *)(const void *)to;
}

static const struct {
	const char *text;
	bool is_public;
} addresses[] = {
	{ "8.8.8.8", true }, { "93.184.216.34", true }, { "100.63.255.255", true }, { "100.128.0.0", true }, { "172.15.255.255", true },
	{ "172.32.0.0", true }, { "223.255.255.255", true }, { "2606:2800:220:1::1", true }, { "2a00:1450::1", true }, { "::ffff:8.8.8.8", true },
	{ "64:ff9b::808:808", true }, { "2002:808:808::1", true },
	{ "0.0.0.0", false }, { "10.1.2.3", false }, { "100.64.0.1", false }, { "127.0.0.1", false }, { "127.255.255.255", false },
	{ "169.254.169.254", false }, { "172.16.0.1", false }, { "172.31.255.255", false }, { "192.0.0.192", false }, { "192.168.0.1", false },
	{ "198.19.0.1", false }, { "203.0.113.9", false }, { "224.0.0.1", false }, { "255.255.255.255", false },
	{ "::", false }, { "::1", false }, { "fe80::1", false }, { "fec0::1", false }, { "fd00:ec2::254", false }, { "ff02::1", false },
	{ "2001:db8::1", false }, { "2001::1", false }, { "100::1", false }, { "3fff::1", false },
	{ "::ffff:127.0.0.1", false }, { "::ffff:10.0.0.1", false }, { "::127.0.0.1", false }, { "::ffff:0:169.254.169.254", false },
	{ "64:ff9b::7f00:1", false }, { "64:ff9b::a9fe:a9fe", false }, { "64:ff9b:1::808:808", false }, { "2002:7f00:1::", false },
	{ "2002:c0a8:1::1", false },
};

static void only_addresses_of_the_public_internet_are_public(void **state)
{
	struct sockaddr_storage a;

	(void)state;
	for (size_t i = 0; i < sizeof addresses / sizeof addresses[0]; i++)
		if (address_is_public(parse(addresses[i].text, &a)) != addresses[i].is_public)
			fail_msg("%s", addresses[i].text);
	a.ss_family = AF_UNIX;
	assert_false(address_is_public((const struct sockaddr *)(const void *)&a));
}

static void allowances_are_networks_and_addresses(void **state)
{
	struct str list = STR("10.1.0.0/16\n 192.168.0.9 \nfd00::/8\nhooks.lan\n0.0.0.0/x\n/8\n");
	struct sockaddr_storage a;

	(void)state;
	assert_true(address_is_allowed(list, parse("10.1.255.1", &a)));
	assert_false(address_is_allowed(list, parse("10.2.0.1", &a)));
	assert_true(address_is_allowed(list, parse("192.168.0.9", &a)));
	assert_false(address_is_allowed(list, parse("192.168.0.8", &a)));
	assert_true(address_is_allowed(list, parse("fd12::1", &a)));
	assert_false(address_is_allowed(list, parse("fe80::1", &a)));
	assert_false(address_is_allowed(list, parse("0.0.0.0", &a)));
	assert_false(address_is_allowed(STR(""), parse("10.1.0.1", &a)));
}

static void allowances_of_hosts_are_by_their_whole_name(void **state)
{
	struct str list = STR("10.0.0.0/8\nHooks.lan\n");

	(void)state;
	assert_true(address_host_is_allowed(list, STR("hooks.LAN")));
	assert_false(address_host_is_allowed(list, STR("hooks.lan.example.com")));
	assert_false(address_host_is_allowed(list, STR("ooks.lan")));
	assert_false(address_host_is_allowed(list, STR("")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(only_addresses_of_the_public_internet_are_public),
		T(allowances_are_networks_and_addresses),
		T(allowances_of_hosts_are_by_their_whole_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
