#include "pipeline/client.h"

#include <curl/curl.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/check.h"
#include "base/err.h"
#include "base/str.h"
#include "base/sys.h"

static const char file_name[] = "endpoint";

int client_write_endpoint(const char *dir, const char *endpoint)
{
	int at = sys_openat(AT_FDCWD, dir, O_RDONLY | O_DIRECTORY, 0), fd, rc;

	if (at < 0)
		return at;
	rc = fd = sys_openat(at, file_name, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (fd >= 0) {
		rc = sys_write_all(fd, endpoint, strlen(endpoint));
		close(fd);
	}
	close(at);
	return rc;
}

static void set_region(struct client *c)
{
	const char *region = getenv("AWS_DEFAULT_REGION");

	if (!region)
		region = getenv("AWS_REGION");
	snprintf(c->region, sizeof c->region, "%s", region ? region : "us-east-1");
}

int client_from_dir(struct client *c, const char *dir)
{
	char path[4200];
	FILE *f;
	size_t n;
	int rc;

	*c = (struct client){0};
	set_region(c);
	if ((rc = credentials_load(dir, 0, &c->credentials)) < 0)
		return rc;
	snprintf(path, sizeof path, "%s/%s", dir, file_name);
	if (!(f = fopen(path, "re")))
		return E_NOT_FOUND;
	n = fread(c->endpoint, 1, sizeof c->endpoint - 1, f);
	fclose(f);
	return n > 0 ? 0 : E_NOT_FOUND;
}

int client_from_environment(struct client *c)
{
	const char *endpoint = getenv("AWS_ENDPOINT_URL"), *key = getenv("AWS_ACCESS_KEY_ID");
	const char *secret = getenv("AWS_SECRET_ACCESS_KEY");

	*c = (struct client){0};
	set_region(c);
	if (!endpoint || !key || !secret)
		return E_NOT_FOUND;
	snprintf(c->endpoint, sizeof c->endpoint, "%s", endpoint);
	for (size_t n = strlen(c->endpoint); n > 0 && c->endpoint[n - 1] == '/'; n--)
		c->endpoint[n - 1] = '\0';
	snprintf(c->credentials.access_key, sizeof c->credentials.access_key, "%s", key);
	snprintf(c->credentials.secret_key, sizeof c->credentials.secret_key, "%s", secret);
	return 0;
}

static size_t on_bytes(char *p, size_t size, size_t n, void *user)
{
	struct buf *answer = user;

	if (answer->len + size * n > ANSWER_MAX)
		return 0;
	buf_add(answer, p, size * n);
	return size * n;
}

/* S3 wants the body's digest named; Debian's libcurl signs that header when it is given, and does not make it. */
#define NO_BODY "x-amz-content-sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

static void set_request(CURL *h, const struct client *c, const char *method, const char *url, const char *sigv4,
			struct buf *answer)
{
	char user[ACCESS_KEY_LENGTH + SECRET_KEY_LENGTH + 2];

	snprintf(user, sizeof user, "%s:%s", c->credentials.access_key, c->credentials.secret_key);
	curl_easy_setopt(h, CURLOPT_URL, url);
	curl_easy_setopt(h, CURLOPT_AWS_SIGV4, sigv4);
	curl_easy_setopt(h, CURLOPT_USERPWD, user);
	curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_bytes);
	curl_easy_setopt(h, CURLOPT_WRITEDATA, answer);
	curl_easy_setopt(h, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT, 10L);
	if (strcmp(method, "POST") == 0)
		curl_easy_setopt(h, CURLOPT_POSTFIELDS, "");
	else if (strcmp(method, "GET") != 0)
		curl_easy_setopt(h, CURLOPT_CUSTOMREQUEST, method);
}

int client_call(struct client *c, const char *method, const char *path_and_query, struct buf *answer)
{
	char sigv4[128];
	struct buf url = {0};
	CURL *h = curl_easy_init();
	struct curl_slist *headers = curl_slist_append(NULL, NO_BODY);
	long status = 0;
	CURLcode rc;

	CHECK(h != NULL && headers != NULL);
	buf_printf(&url, "%s%s", c->endpoint, path_and_query);
	snprintf(sigv4, sizeof sigv4, "aws:amz:%s:s3", c->region);
	set_request(h, c, method, url.data, sigv4, answer);
	curl_easy_setopt(h, CURLOPT_HTTPHEADER, headers);
	rc = curl_easy_perform(h);
	if (rc == CURLE_OK)
		curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &status);
	else
		snprintf(c->trouble, sizeof c->trouble, "%s", curl_easy_strerror(rc));
	curl_easy_cleanup(h);
	curl_slist_free_all(headers);
	buf_clear(&url);
	return rc == CURLE_OK ? (int)status : E_CLOSED;
}
