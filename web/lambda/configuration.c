/* configuration.c - what a request may say of a function: its members, and what they may not be together. */
#include "web/lambda/configuration.h"

#include "base/err.h"
#include "pipeline/registry.h"
#include "web/lambda/runtimes.h"

#define ARCHITECTURES "[x86_64, arm64]"
#define TEXT_LIMITS(max, min) "Member must have length less than or equal to " #max ", Member must have length greater than or equal to " #min
#define ARN_OR_NOTHING "(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()"

static bool is_arn_or_nothing(struct str s)
{
	return s.n == 0 || (str_starts(s, STR("arn:")) && s.n > 4 && memchr(s.p + 4, ':', s.n - 4) != NULL);
}

static bool is_made(struct str s, const char *others)
{
	for (size_t i = 0; i < s.n; i++)
		if (!strchr(others, s.p[i]) && !shape_word.fits(str_n(s.p + i, 1)))
			return false;
	return true;
}

static bool is_log_group(struct str s)
{
	return memchr(s.p, '\0', s.n) == NULL && is_made(s, "._/#-");
}

static bool is_subnet(struct str s)
{
	return str_starts(s, STR("subnet-")) && is_made(s, "-");
}

static bool is_security_group(struct str s)
{
	return str_starts(s, STR("sg-")) && is_made(s, "-");
}

static const struct shape shape_target = { ARN_OR_NOTHING, is_arn_or_nothing };
static const struct shape shape_log_group = { "[\\.\\-_/#A-Za-z0-9]+", is_log_group };
static const struct shape shape_subnet = { "subnet-[0-9a-z]*", is_subnet };
static const struct shape shape_security_group = { "sg-[0-9a-zA-Z]*", is_security_group };

static const struct member vpc[] = {
	{ .name = "SubnetIds", .kind = MEMBER_TEXTS, .max = 16, .shape = &shape_subnet,
	  .each = TEXT_LIMITS(1024, 0) ", Member must satisfy regular expression pattern: subnet-[0-9a-z]*" },
	{ .name = "SecurityGroupIds", .kind = MEMBER_TEXTS, .max = 5, .shape = &shape_security_group,
	  .each = TEXT_LIMITS(1024, 0) ", Member must satisfy regular expression pattern: sg-[0-9a-zA-Z]*" },
	{ .name = "Ipv6AllowedForDualStack", .kind = MEMBER_BOOL },
	{ 0 },
};

static const struct member dead_letter[] = { { .name = "TargetArn", .kind = MEMBER_TEXT, .shape = &shape_target }, { 0 } };
static const struct member environment[] = { { .name = "Variables", .kind = MEMBER_MAP }, { 0 } };
static const struct member tracing[] = { { .name = "Mode", .kind = MEMBER_TEXT, .values = "[Active, PassThrough]" }, { 0 } };
static const struct member ephemeral[] = { { .name = "Size", .kind = MEMBER_INT, .required = true, .min = 512, .max = 10240 }, { 0 } };
static const struct member snap_start[] = { { .name = "ApplyOn", .kind = MEMBER_TEXT, .values = "[PublishedVersions, None]" }, { 0 } };

static const struct member logging[] = {
	{ .name = "LogFormat", .kind = MEMBER_TEXT, .values = "[JSON, Text]" },
	{ .name = "ApplicationLogLevel", .kind = MEMBER_TEXT, .values = "[TRACE, DEBUG, INFO, WARN, ERROR, FATAL]" },
	{ .name = "SystemLogLevel", .kind = MEMBER_TEXT, .values = "[DEBUG, INFO, WARN]" },
	{ .name = "LogGroup", .kind = MEMBER_TEXT, .min = 1, .max = 512, .shape = &shape_log_group },
	{ 0 },
};

static const struct member code[] = {
	{ .name = "ZipFile", .kind = MEMBER_TEXT },
	{ .name = "S3Bucket", .kind = MEMBER_TEXT, .min = 3, .max = 63 },
	{ .name = "S3Key", .kind = MEMBER_TEXT, .min = 1, .max = 1024 },
	{ .name = "S3ObjectVersion", .kind = MEMBER_TEXT, .min = 1, .max = 1024 },
	{ .name = "ImageUri", .kind = MEMBER_TEXT },
	{ 0 },
};

#define ROLE(needed) { .name = "Role", .kind = MEMBER_TEXT, .required = needed, .shape = &shape_role }

#define SHARED \
	{ .name = "Handler", .kind = MEMBER_TEXT, .max = 128, .shape = &shape_handler }, \
	{ .name = "Runtime", .kind = MEMBER_TEXT }, \
	{ .name = "Description", .kind = MEMBER_TEXT, .max = 256 }, \
	{ .name = "Timeout", .kind = MEMBER_INT, .min = 1, .max = 900 }, \
	{ .name = "MemorySize", .kind = MEMBER_INT, .min = 128 }, \
	{ .name = "VpcConfig", .kind = MEMBER_OBJECT, .inner = vpc }, \
	{ .name = "Environment", .kind = MEMBER_OBJECT, .inner = environment }, \
	{ .name = "DeadLetterConfig", .kind = MEMBER_OBJECT, .inner = dead_letter }, \
	{ .name = "KMSKeyArn", .kind = MEMBER_TEXT, .shape = &shape_target }, \
	{ .name = "TracingConfig", .kind = MEMBER_OBJECT, .inner = tracing }, \
	{ .name = "Layers", .kind = MEMBER_TEXTS, .shape = &shape_layer_arn, \
	  .each = TEXT_LIMITS(2048, 1) ", Member must satisfy regular expression pattern: " LAYER_ARN_PATTERN ", Member must not be null" }, \
	{ .name = "EphemeralStorage", .kind = MEMBER_OBJECT, .inner = ephemeral }, \
	{ .name = "SnapStart", .kind = MEMBER_OBJECT, .inner = snap_start }, \
	{ .name = "LoggingConfig", .kind = MEMBER_OBJECT, .inner = logging }, \
	{ .name = "FileSystemConfigs", .kind = MEMBER_LIST }

const struct member create_members[] = {
	ROLE(true), SHARED,
	{ .name = "Code", .kind = MEMBER_OBJECT, .inner = code },
	{ .name = "Publish", .kind = MEMBER_BOOL },
	{ .name = "PackageType", .kind = MEMBER_TEXT, .values = "[Image, Zip]" },
	{ .name = "Tags", .kind = MEMBER_MAP },
	{ .name = "Architectures", .kind = MEMBER_TEXTS, .min = 1, .max = 1, .values = ARCHITECTURES,
	  .each = "Member must satisfy enum value set: " ARCHITECTURES ", Member must not be null" },
	{ 0 },
};

const struct member update_members[] = {
	ROLE(false), SHARED,
	{ .name = "RevisionId", .kind = MEMBER_TEXT },
	{ 0 },
};

/* Members that would mean something here and do not: told, so that nobody waits for what they do. */
static int check_unbuilt(struct lambda *l)
{
	static const char *const names[] = { "FileSystemConfigs", "ImageConfig", "CodeSigningConfigArn", "DurableConfig", "TenancyConfig",
		"CapacityProviderConfig" };

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const struct json_value *v = json_get(l->body, names[i]);

		if (v && (v->text.n > 0 || v->count > 0))
			return lambda_refuse(l, LAMBDA_NOT_IMPLEMENTED, "%s is not implemented", names[i]);
	}
	if (str_eq(json_text(l->body, "PackageType"), STR("Image")))
		return lambda_refuse(l, LAMBDA_NOT_IMPLEMENTED, "Functions of PackageType Image are not implemented");
	return 0;
}

static int check_runtime(struct lambda *l)
{
	struct str name = json_text(l->body, "Runtime");

	if (!str_is_set(name) || str_eq(name, STR(FUNCTION_BUILTIN)))
		return 0;
	switch (runtime_use(name)) {
	case RUNTIME_RUNS:
		return 0;
	case RUNTIME_CANNOT:
		return lambda_refuse(l, LAMBDA_BAD_PARAMETER, "The runtime %.*s cannot be run here. Those that can: %s", STR_ARG(name),
				     runtimes_here);
	case RUNTIME_DEPRECATED:
		return lambda_refuse(l, LAMBDA_BAD_PARAMETER, "The runtime parameter of %.*s is no longer supported for creating or updating AWS "
				     "Lambda functions. We recommend you use a supported runtime while creating or updating functions.",
				     STR_ARG(name));
	case RUNTIME_UNKNOWN:
		break;
	}
	return lambda_refuse(l, LAMBDA_BAD_PARAMETER, "Value %.*s at 'runtime' failed to satisfy constraint: Member must satisfy enum value set: "
			     "%s or be a valid ARN", STR_ARG(name), runtime_values);
}

static int check_logging(struct lambda *l)
{
	const struct json_value *v = json_get(l->body, "LoggingConfig");
	bool levels = str_is_set(json_text(v, "ApplicationLogLevel")) || str_is_set(json_text(v, "SystemLogLevel"));

	if (levels && !str_eq(json_text(v, "LogFormat"), STR("JSON")))
		return lambda_refuse(l, LAMBDA_BAD_PARAMETER, "ApplicationLogLevel and SystemLogLevel can be given with LogFormat JSON only");
	return 0;
}

int configuration_check(struct lambda *l)
{
	int rc;

	if ((rc = check_unbuilt(l)) < 0 || (rc = check_runtime(l)) < 0 || (rc = check_logging(l)) < 0)
		return rc;
	if (json_number(l->body, "MemorySize", 0) > MEMORY_MAX_MB)
		return lambda_refuse(l, LAMBDA_BAD_PARAMETER, "'MemorySize' value failed to satisfy constraint: Member must have value less than "
				     "or equal to %d", MEMORY_MAX_MB);
	if ((rc = environment_check(l, json_get(json_get(l->body, "Environment"), "Variables"))) < 0)
		return rc;
	return layers_check(l, json_get(l->body, "Layers"));
}
