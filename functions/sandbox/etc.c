#include "functions/sandbox/etc.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "functions/sandbox/tree.h"

#define FILE_MAX (1 << 20)	/* ld.so.cache of a machine with very many libraries */

static const struct {
	const char *name, *text;
} written[] = {
	{ "passwd", "root:x:0:0:root:/root:/sbin/nologin\n"
		    "sbx_user1051:x:993:990::/home/sbx_user1051:/sbin/nologin\n"
		    "sbx_user1052:x:65531:65530::/home/sbx_user1052:/sbin/nologin\n"	/* where there are no user namespaces */
		    "nobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\n" },
	{ "group", "root:x:0:\nsbx_user1051:x:990:\nsbx_user1052:x:65530:\nnogroup:x:65534:\n" },
	{ "hosts", "127.0.0.1 localhost localhost.localdomain sandbox.localdomain " ETC_HOST "\n::1 localhost\n" },
	{ "hostname", ETC_HOST "\n" },
	/* Nobody answers there: a name that is not in hosts fails at once. Cages with a way out have the other one in its place. */
	{ "resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n" },
	{ "../../resolv.conf", "nameserver 169.254.76.3\n" },	/* slirp4netns, which asks whom the host asks */
	{ "nsswitch.conf", "passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nservices: files\nprotocols: files\n" },
};

/* Copied when the host has them, whatever they are links to. */
static const char *const copied[] = { "ld.so.cache", "localtime", "services", "protocols", "mime.types", "ssl/openssl.cnf" };

/* Mounted when the host has them: they may change under us, as certificates do. */
static const char *const mounted[] = { "ssl/certs", "alternatives", "fonts" };

static int put(const char *name, const char *text, size_t n)
{
	char path[128];
	int fd, rc = 0;

	snprintf(path, sizeof path, "view/etc/%s", name);
	if ((fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644)) < 0)
		return -errno;
	if (write(fd, text, n) != (ssize_t)n)
		rc = -EIO;
	close(fd);
	return rc;
}

static int copy(const char *name)
{
	static char text[FILE_MAX];
	char path[128];
	ssize_t n;
	int fd;

	snprintf(path, sizeof path, "/etc/%s", name);
	if ((fd = open(path, O_RDONLY | O_CLOEXEC)) < 0)
		return 0;
	n = read(fd, text, sizeof text);
	close(fd);
	return n > 0 && n < FILE_MAX ? put(name, text, (size_t)n) : 0;
}

static int bind_directory(const char *name)
{
	char from[128], to[128];
	struct stat st;

	snprintf(from, sizeof from, "/etc/%s", name);
	snprintf(to, sizeof to, "view/etc/%s", name);
	if (stat(from, &st) < 0 || !S_ISDIR(st.st_mode))
		return 0;
	if (mkdir(to, 0755) < 0)
		return -errno;
	return tree_bind(from, to, false);
}

#define COUNT(table) (sizeof table / sizeof table[0])

int etc_make(void)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < COUNT(written); i++)
		rc = put(written[i].name, written[i].text, strlen(written[i].text));
	for (size_t i = 0; rc == 0 && i < COUNT(copied); i++)
		rc = copy(copied[i]);
	for (size_t i = 0; rc == 0 && i < COUNT(mounted); i++)
		rc = bind_directory(mounted[i]);
	return rc;
}
