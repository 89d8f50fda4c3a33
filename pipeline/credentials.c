#include "pipeline/credentials.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/check.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/sys.h"

static const char file_name[] = "credentials", temporary[] = "credentials.new";

/* Letters without bias: bytes that do not fit a whole number of alphabets are drawn again. */
static void letters(char *to, size_t n, struct str alphabet)
{
	uint8_t b;

	for (size_t i = 0; i < n;) {
		random_bytes(&b, 1);
		if (b < 256 / alphabet.n * alphabet.n)
			to[i++] = alphabet.p[b % alphabet.n];
	}
	to[n] = '\0';
}

static int write_new(int dir, const struct credentials *c)
{
	struct buf text = {0};
	int fd = sys_openat(dir, temporary, O_WRONLY | O_CREAT | O_TRUNC, 0600), rc = fd;

	if (fd < 0)
		goto out;
	buf_printf(&text, "%s\n%s\n", c->access_key, c->secret_key);
	if ((rc = sys_write_all(fd, text.data, text.len)) < 0 || (rc = sys_fsync(fd)) < 0)
		goto out;
	if ((rc = sys_renameat(dir, temporary, file_name)) < 0)
		goto out;
	rc = sys_fsync_dir(dir, ".");
out:
	if (fd >= 0)
		close(fd);
	buf_clear(&text);
	return rc;
}

#define KEY_LETTERS STR("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
#define SECRET_LETTERS STR("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")

static void make_key(char access_key[ACCESS_KEY_LENGTH + 1], const char *first, char secret_key[SECRET_KEY_LENGTH + 1])
{
	memcpy(access_key, first, 4);
	letters(access_key + 4, ACCESS_KEY_LENGTH - 4, KEY_LETTERS);
	letters(secret_key, SECRET_KEY_LENGTH, SECRET_LETTERS);
}

static int make(int dir, struct credentials *c)
{
	c->session = (struct session){0};
	make_key(c->access_key, "AKIA", c->secret_key);
	return write_new(dir, c);
}

void credentials_make_session(struct credentials *c)
{
	make_key(c->session.access_key, "ASIA", c->session.secret_key);
	letters(c->session.token, SESSION_TOKEN_LENGTH, SECRET_LETTERS);
}

static int parse(struct str text, struct credentials *c)
{
	struct str key, secret;

	if (!str_next(&text, '\n', &key) || !str_next(&text, '\n', &secret))
		return E_CORRUPT;
	if (key.n != ACCESS_KEY_LENGTH || secret.n != SECRET_KEY_LENGTH)
		return E_CORRUPT;
	memcpy(c->access_key, key.p, key.n);
	memcpy(c->secret_key, secret.p, secret.n);
	c->access_key[key.n] = c->secret_key[secret.n] = '\0';
	c->session = (struct session){0};
	return 0;
}

static int read_file(int dir, struct credentials *c)
{
	char room[256];
	int fd = sys_openat(dir, file_name, O_RDONLY, 0);
	ssize_t n;

	if (fd < 0)
		return fd == -ENOENT ? E_NOT_FOUND : fd;
	n = sys_pread(fd, room, sizeof room, 0);
	close(fd);
	return n < 0 ? (int)n : parse(str_n(room, (size_t)n), c);
}

int credentials_load(const char *dir, int may_make, struct credentials *c)
{
	int fd = sys_openat(AT_FDCWD, dir, O_RDONLY | O_DIRECTORY, 0), rc;

	if (fd < 0)
		return fd == -ENOENT ? E_NOT_FOUND : fd;
	rc = read_file(fd, c);
	if (rc == E_NOT_FOUND && may_make)
		rc = make(fd, c);
	close(fd);
	return rc;
}

const char *credentials_secret(const struct credentials *c, struct str access_key, const char **token)
{
	const struct session *s = &c->session;

	*token = NULL;
	if (str_eq(access_key, str_of(c->access_key)))
		return c->secret_key;
	if (!s->access_key[0] || !str_eq(access_key, str_of(s->access_key)))
		return NULL;
	*token = s->token;
	return s->secret_key;
}
