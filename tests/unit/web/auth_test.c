/* Signatures against published vectors (AWS: "Authenticating Requests", Signature Version 4 and the S3 pages on
 * chunked uploads) and against ones computed from them for other services. */
#include "web/auth.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/codec.h"
#include "base/digest.h"
#include "tests/lib/t.h"

static const struct credentials keys = {
	.access_key = "AKIAIOSFODNN7EXAMPLE", .secret_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
	.session = { .access_key = "ASIAIOSFODNN7EXAMPLE", .secret_key = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", .token = "TOKEN" },
};

#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define SCOPE "AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request"

/* Time stands where the vector was made. */
static void at(const char *basic)
{
	int64_t ms;

	assert_int_equal(clock_parse_basic(str_of(basic), &ms), 0);
	clock_advance_ms(ms - clock_wall_ms());
}

static struct http_request *request(const char *method, const char *path, const char *query)
{
	static struct http_request r;

	arena_clear(&r.arena);
	r = (struct http_request){ .method = str_of(method), .path = str_of(path), .content_length = -1 };
	if (query)
		r.query = str_of(query);
	return &r;
}

static void field(struct http_request *r, const char *name, const char *value)
{
	r->fields[r->field_count++] = (struct http_field){ str_of(name), str_of(value) };
}

static enum auth_problem verify(struct http_request *r, struct auth *a, const char *service, struct str body)
{
	auth_parse(r, a);
	return auth_verify(r, a, &keys, STR("us-east-1"), str_of(service), body);
}

static void done(struct http_request *r)
{
	arena_clear(&r->arena);
}

static void a_get_with_a_range_is_signed_as_published(void **state)
{
	struct http_request *r = request("GET", "/test.txt", NULL);
	char hex[65];
	struct auth a;

	(void)state;
	at("20130524T000000Z");
	field(r, "Host", "examplebucket.s3.amazonaws.com");
	field(r, "Range", "bytes=0-9");
	field(r, "x-amz-content-sha256", EMPTY);
	field(r, "x-amz-date", "20130524T000000Z");
	field(r, "Authorization", "AWS4-HMAC-SHA256 Credential=" SCOPE ", SignedHeaders=host;range;x-amz-content-sha256;"
	      "x-amz-date, Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
	assert_int_equal(verify(r, &a, "s3", (struct str){ 0 }), AUTH_OK);
	hex_encode(hex, a.signing_key, 32);
	assert_string_equal(hex, "dbb893acc010964918f1fd433add87c70e8b0db6be30c1fbeafefa5ec6ba8378");
	r->fields[1].value = STR("bytes=0-8");
	assert_int_equal(verify(r, &a, "s3", (struct str){ 0 }), AUTH_BAD_SIGNATURE);
	done(r);
}

static void a_presigned_get_is_signed_as_published(void **state)
{
	struct http_request *r = request("GET", "/test.txt", "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="
		"AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&"
		"X-Amz-SignedHeaders=host&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
	struct auth a;

	(void)state;
	at("20130524T235959Z");
	field(r, "host", "examplebucket.s3.amazonaws.com");
	assert_int_equal(verify(r, &a, "s3", (struct str){ 0 }), AUTH_OK);
	assert_int_equal(a.payload, PAYLOAD_UNSIGNED);
	at("20130525T000001Z");
	assert_int_equal(verify(r, &a, "s3", (struct str){ 0 }), AUTH_EXPIRED);
	at("20130523T234000Z");
	assert_int_equal(verify(r, &a, "s3", (struct str){ 0 }), AUTH_SKEWED);
	done(r);
}

static struct http_request *chunked_put(const char *payload, bool trailer, const char *signature)
{
	struct http_request *r = request("PUT", "/examplebucket/chunkObject.txt", NULL);

	field(r, "host", "s3.amazonaws.com");
	field(r, "x-amz-date", "20130524T000000Z");
	field(r, "x-amz-storage-class", "REDUCED_REDUNDANCY");
	field(r, "x-amz-content-sha256", payload);
	field(r, "content-encoding", "aws-chunked");
	field(r, "x-amz-decoded-content-length", "66560");
	if (trailer)
		field(r, "x-amz-trailer", "x-amz-checksum-crc32c");
	else
		field(r, "content-length", "66824");
	field(r, "authorization", arena_printf(&r->arena, "AWS4-HMAC-SHA256 Credential=" SCOPE ",SignedHeaders=content-encoding;"
	      "%shost;x-amz-content-sha256;x-amz-date;x-amz-decoded-content-length;x-amz-storage-class%s,Signature=%s",
	      trailer ? "" : "content-length;", trailer ? ";x-amz-trailer" : "", signature));
	return r;
}

/* The chunks of the published example: 65536 and 1024 times 'a', then none. */
static void check_chain(struct auth_chain *chain, const char *const signatures[3])
{
	static const size_t sizes[3] = { 65536, 1024, 0 };
	static char data[65536];
	uint8_t sum[32], given[32];

	memset(data, 'a', sizeof data);
	for (int i = 0; i < 3; i++) {
		digest_of(DIGEST_SHA256, str_n(data, sizes[i]), sum);
		assert_int_equal(hex_decode(str_of(signatures[i]), given, 32), 0);
		assert_true(auth_chain_next(chain, AUTH_CHUNK, sum, given));
	}
}

static void chunks_are_signed_as_published(void **state)
{
	static const char *const signatures[3] = {
		"ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648",
		"0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497",
		"b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9" };
	struct http_request *r = chunked_put("STREAMING-AWS4-HMAC-SHA256-PAYLOAD", false,
		"4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9");
	struct auth_chain chain;
	struct auth a;

	(void)state;
	at("20130524T000000Z");
	assert_int_equal(verify(r, &a, "s3", (struct str){ 0 }), AUTH_OK);
	assert_int_equal(a.payload, PAYLOAD_CHUNKED_SIGNED);
	auth_chain_begin(&chain, &a);
	check_chain(&chain, signatures);
	done(r);
}

static void trailers_are_signed_as_published(void **state)
{
	static const char *const signatures[3] = {
		"b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2",
		"1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7",
		"2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992" };
	struct http_request *r = chunked_put("STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER", true,
		"106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e");
	struct auth_chain chain;
	uint8_t sum[32], given[32];
	struct auth a;

	(void)state;
	at("20130524T000000Z");
	assert_int_equal(verify(r, &a, "s3", (struct str){ 0 }), AUTH_OK);
	auth_chain_begin(&chain, &a);
	check_chain(&chain, signatures);
	digest_of(DIGEST_SHA256, STR("x-amz-checksum-crc32c:sOO8/Q==\n"), sum);
	assert_int_equal(hex_decode(STR("d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435"), given, 32), 0);
	assert_true(auth_chain_next(&chain, AUTH_TRAILER, sum, given));
	assert_false(auth_chain_next(&chain, AUTH_TRAILER, sum, given));
	done(r);
}

#define NEW_SCOPE(service) "AKIAIOSFODNN7EXAMPLE/20261122/us-east-1/" service "/aws4_request"

static void other_services_encode_the_path_twice(void **state)
{
	struct http_request *r = request("POST", "/2015-03-31/functions/arn%3Aaws%3Alambda%3Aus-east-1%3A123456789012%3Afunction%3A"
		"thumb/invocations", "Qualifier=live");
	struct auth a;

	(void)state;
	at("20261122T010203Z");
	field(r, "host", "127.0.0.1:4566");
	field(r, "x-amz-date", "20261122T010203Z");
	field(r, "x-amz-invocation-type", "Event");
	field(r, "authorization", "AWS4-HMAC-SHA256 Credential=" NEW_SCOPE("lambda") ", SignedHeaders=host;x-amz-date;"
	      "x-amz-invocation-type, Signature=8ff84f13e91cd8f6b01d81fb1d470d9a054963c8d92552b1ce45887df92eb901");
	assert_int_equal(verify(r, &a, "lambda", STR("{\"a\":1}")), AUTH_OK);
	assert_int_equal(verify(r, &a, "lambda", STR("{\"a\":2}")), AUTH_BAD_SIGNATURE);
	assert_int_equal(verify(r, &a, "dynamodb", STR("{\"a\":1}")), AUTH_WRONG_SERVICE);
	done(r);
}

static void a_dynamodb_call_is_verified(void **state)
{
	struct http_request *r = request("POST", "/", NULL);
	struct auth a;

	(void)state;
	at("20261122T010203Z");
	field(r, "Content-Type", "application/x-amz-json-1.0");
	field(r, "Host", "dynamodb.us-east-1.amazonaws.com");
	field(r, "X-Amz-Date", "20261122T010203Z");
	field(r, "X-Amz-Target", "DynamoDB_20120810.ListTables");
	field(r, "Authorization", "AWS4-HMAC-SHA256 Credential=" NEW_SCOPE("dynamodb") ", SignedHeaders=content-type;host;"
	      "x-amz-date;x-amz-target, Signature=a4bfd7654c094e6e5982d5dd501727743f4dc6142a116844c319df6ce849b9d2");
	assert_int_equal(verify(r, &a, "dynamodb", STR("{}")), AUTH_OK);
	done(r);
}

static void s3_encodes_the_path_once(void **state)
{
	struct http_request *r = request("PUT", "/b/a%20b%2Bc/%ED%95%9C.jpg", NULL);
	struct auth a;

	(void)state;
	at("20261122T010203Z");
	field(r, "host", "127.0.0.1:4566");
	field(r, "x-amz-content-sha256", "UNSIGNED-PAYLOAD");
	field(r, "x-amz-date", "20261122T010203Z");
	field(r, "authorization", "AWS4-HMAC-SHA256 Credential=" NEW_SCOPE("s3") ", SignedHeaders=host;x-amz-content-sha256;"
	      "x-amz-date, Signature=c58ec4cb24a831acc069da86f451c2365cdb7ab96f9926ad8fa0397772beb55e");
	assert_int_equal(verify(r, &a, "s3", (struct str){ 0 }), AUTH_OK);
	r->path = STR("/b/a b%2bc/\xed\x95\x9c.jpg");	/* sent less encoded than it was signed */
	assert_int_equal(verify(r, &a, "s3", (struct str){ 0 }), AUTH_OK);
	field(r, "X-Amz-Acl", "private");
	assert_int_equal(verify(r, &a, "s3", (struct str){ 0 }), AUTH_UNSIGNED_HEADERS);
	done(r);
}

static void what_is_wrong_is_told_apart(void **state)
{
	static const struct {
		const char *header;
		enum auth_problem problem;
	} cases[] = {
		{ "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLX/20261122/us-east-1/s3/aws4_request, SignedHeaders=host, "
		  "Signature=" EMPTY, AUTH_UNKNOWN_KEY },
		{ "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261122/eu-west-1/s3/aws4_request, SignedHeaders=host, "
		  "Signature=" EMPTY, AUTH_WRONG_REGION },
		{ "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261122/us-east-1/sqs/aws4_request, SignedHeaders=host, "
		  "Signature=" EMPTY, AUTH_WRONG_SERVICE },
		{ "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261121/us-east-1/s3/aws4_request, SignedHeaders=host, "
		  "Signature=" EMPTY, AUTH_MALFORMED },
		{ "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261122/us-east-1/s3, SignedHeaders=host, Signature=" EMPTY,
		  AUTH_MALFORMED },
		{ "AWS4-HMAC-SHA256 SignedHeaders=host, Signature=" EMPTY, AUTH_MALFORMED },
		{ "AWS4-HMAC-SHA256", AUTH_MALFORMED },
		{ "Basic dXNlcjpwYXNz", AUTH_MALFORMED },
		{ NULL, AUTH_MISSING },
	};

	(void)state;
	at("20261122T010203Z");
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct http_request *r = request("GET", "/", NULL);
		struct auth a;

		field(r, "host", "127.0.0.1");
		field(r, "x-amz-content-sha256", EMPTY);
		field(r, "x-amz-date", "20261122T010203Z");
		if (cases[i].header)
			field(r, "authorization", cases[i].header);
		assert_int_equal(verify(r, &a, "s3", (struct str){ 0 }), cases[i].problem);
		done(r);
	}
}

/* The example of the S3 developer guide: "Signing and authenticating REST requests". */
static enum auth_problem with_token(const char *key, const char *token, struct auth *a)
{
	struct http_request *r = request("GET", "/test.txt", NULL);
	char authorization[300];

	snprintf(authorization, sizeof authorization, "AWS4-HMAC-SHA256 Credential=%s/20130524/us-east-1/s3/aws4_request, "
		 "SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token, Signature=" EMPTY, key);
	at("20130524T000000Z");
	field(r, "Host", "examplebucket.s3.amazonaws.com");
	field(r, "x-amz-content-sha256", EMPTY);
	field(r, "x-amz-date", "20130524T000000Z");
	if (token)
		field(r, "X-Amz-Security-Token", token);
	field(r, "Authorization", authorization);
	verify(r, a, "s3", (struct str){ 0 });
	done(r);
	return a->problem;
}

static void a_session_needs_its_token_and_nobody_else_has_one(void **state)
{
	struct auth a;

	(void)state;
	assert_int_equal(with_token("ASIAIOSFODNN7EXAMPLE", "TOKEN", &a), AUTH_BAD_SIGNATURE);	/* so far it is good */
	assert_int_equal(with_token("ASIAIOSFODNN7EXAMPLE", "TOKEX", &a), AUTH_UNKNOWN_KEY);
	assert_int_equal(a.token, AUTH_TOKEN_WRONG);
	assert_int_equal(with_token("ASIAIOSFODNN7EXAMPLE", NULL, &a), AUTH_UNKNOWN_KEY);
	assert_int_equal(a.token, AUTH_TOKEN_FINE);
	assert_int_equal(with_token("AKIAIOSFODNN7EXAMPLE", "TOKEN", &a), AUTH_UNKNOWN_KEY);
	assert_int_equal(a.token, AUTH_TOKEN_WRONG);
	assert_int_equal(with_token("ASIAOFTHELASTSTARTXX", "TOKEN", &a), AUTH_UNKNOWN_KEY);
	assert_int_equal(a.token, AUTH_TOKEN_EXPIRED);
}

static void a_token_may_stand_in_the_query(void **state)
{
	struct http_request *r = request("GET", "/test.txt", "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential="
		"ASIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&"
		"X-Amz-SignedHeaders=host&X-Amz-Security-Token=TOKEN&X-Amz-Signature=" EMPTY);
	struct auth a;

	(void)state;
	at("20130524T000000Z");
	field(r, "host", "examplebucket.s3.amazonaws.com");
	assert_int_equal(verify(r, &a, "s3", (struct str){ 0 }), AUTH_BAD_SIGNATURE);
	done(r);
}

static void version_2_is_signed_as_published(void **state)
{
	struct http_request *r = request("GET", "/awsexamplebucket1/photos/puppy.jpg", NULL);
	struct auth a;

	(void)state;
	at("20070327T193642Z");
	field(r, "Host", "awsexamplebucket1.us-west-1.s3.amazonaws.com");
	field(r, "Date", "Tue, 27 Mar 2007 19:36:42 +0000");
	field(r, "Authorization", "AWS AKIAIOSFODNN7EXAMPLE:qgk2+6Sv9/oM7G3qLEjTH1a1l1g=");
	assert_int_equal(verify(r, &a, "s3", (struct str){ 0 }), AUTH_OK);
	r->method = STR("DELETE");
	assert_int_equal(verify(r, &a, "s3", (struct str){ 0 }), AUTH_BAD_SIGNATURE);
	at("20070327T201642Z");
	assert_int_equal(verify(r, &a, "s3", (struct str){ 0 }), AUTH_SKEWED);
	done(r);
}

static void version_2_sorts_what_it_signs(void **state)
{
	struct http_request *r = request("PUT", "/b/k", "uploadId=x%2By&partNumber=1&ignored=z&response-content-type=a%2Fb");
	struct auth a;

	(void)state;
	at("20261122T010203Z");
	field(r, "x-amz-meta-b", "2");
	field(r, "Content-Type", "text/x");
	field(r, "X-Amz-Date", "Sun, 22 Nov 2026 01:02:03 GMT");
	field(r, "X-Amz-Meta-A", "1");
	field(r, "x-amz-meta-b", "3");
	field(r, "Authorization", "AWS AKIAIOSFODNN7EXAMPLE:AAAAAAAAAAAAAAAAAAAAAAAAAAA=");
	assert_int_equal(verify(r, &a, "s3", (struct str){ 0 }), AUTH_BAD_SIGNATURE);
	assert_true(str_eq(a.string_to_sign, STR("PUT\n\ntext/x\n\nx-amz-date:Sun, 22 Nov 2026 01:02:03 GMT\nx-amz-meta-a:1\n"
		"x-amz-meta-b:2,3\n/b/k?partNumber=1&response-content-type=a/b&uploadId=x+y")));
	done(r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_get_with_a_range_is_signed_as_published),
		T(a_presigned_get_is_signed_as_published),
		T(chunks_are_signed_as_published),
		T(trailers_are_signed_as_published),
		T(other_services_encode_the_path_twice),
		T(a_dynamodb_call_is_verified),
		T(s3_encodes_the_path_once),
		T(what_is_wrong_is_told_apart),
		T(a_session_needs_its_token_and_nobody_else_has_one),
		T(a_token_may_stand_in_the_query),
		T(version_2_is_signed_as_published),
		T(version_2_sorts_what_it_signs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
