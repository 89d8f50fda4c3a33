/* policy.h - what a bucket's policy says about a request, and whether a text is a policy. One answer for S3's face and for /_/t.
 *
 * The account's own requests may all that no statement denies; anybody else may what a statement allows and none denies, as far as the
 * bucket's public access block lets policies be public. As AWS has it the block is there, with all four of its switches on, until it is
 * changed or deleted: who wants a public bucket says so twice.
 *
 * Understood are: Principal "*", {"AWS":"*"} and the account itself; Action and NotAction, Resource and NotResource with '*' and '?';
 * conditions on aws:SourceIp (IpAddress, NotIpAddress), aws:Referer and s3:prefix (StringEquals, StringLike, their opposites, and
 * StringEqualsIgnoreCase), aws:SecureTransport (Bool). Everything else is refused when a policy is put, so that none is kept that means more
 * than is obeyed. Anybody can be allowed to get (with HEAD), list and put, with tags: an explicit action other than those is refused, a wildcard
 * opens no others.
 *
 * The address is that of the connection, also behind a proxy. Connections are never secure in the sense of aws:SecureTransport: TLS ends before us.
 *
 * docs.aws.amazon.com: "Policies and permissions in Amazon S3", "Blocking public access", "The meaning of public". Pure, any thread, but for policy_public.
 */
#ifndef WEB_POLICY_H
#define WEB_POLICY_H

#include "base/json.h"
#include "web/routes.h"

#define POLICY_BYTES_MAX 20480		/* as sent, as AWS has it */

struct policy_request {			/* texts lent for the call */
	struct str action;		/* "s3:GetObject" */
	struct str bucket;
	struct str key;			/* absent: it is about the bucket */
	bool account;			/* signed by keys of the account; else anybody's */
	struct str source_ip;
	struct str referer;		/* absent: not sent */
	struct str prefix;		/* of a listing; absent: not sent */
};

enum policy_verdict { POLICY_SILENT, POLICY_ALLOWS, POLICY_DENIES };

/* `policy` as parsed (shelf.h, RECORD_BUCKET_POLICY), or NULL. */
enum policy_verdict policy_decide(const struct json_value *policy, const struct policy_request *q);

/* `block`: RECORD_BUCKET_PUBLIC_BLOCK, or NULL. May somebody who has no keys do that? */
bool policy_allows(const struct json_value *policy, const struct json_value *block, const struct policy_request *q);
bool policy_blocks(const struct json_value *block, const char *name);	/* one of its switches, "BlockPublicPolicy" */

/* It allows something to everybody, or to more addresses than an IPv4 /8 or an IPv6 /32 has. */
bool policy_is_public(const struct json_value *policy);

/* policy_allows about the request at hand, off the shelf. Loop thread. */
bool policy_public(struct call *c, const char *action, struct str bucket, struct str key);

enum policy_fault { POLICY_FINE, POLICY_MALFORMED, POLICY_NOT_BUILT };

/* Is it a policy of this bucket, and one that is obeyed here? *why (in `a`, in AWS's words where there are some) when not. */
enum policy_fault policy_check(struct arena *a, struct str text, struct str bucket, const char *account, const char **why);

#endif
