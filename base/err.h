/* err.h - one int for every failure: 0 is success, negative is one of these
 * or a negated errno (which is what libuv's UV_E* are). The system's numbers
 * end well above -10000, so the two never meet. A positive return is a count
 * and only where the header says so. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#define ERR_TABLE(X) \
	X(E_NOT_FOUND,   -10001, "not found") \
	X(E_EXISTS,      -10002, "already exists") \
	X(E_BAD_INPUT,   -10003, "malformed input") \
	X(E_TOO_LARGE,   -10004, "over the limit") \
	X(E_TIMEOUT,     -10005, "took too long") \
	X(E_CRASHED,     -10006, "worker died") \
	X(E_NOT_EMPTY,   -10007, "not empty") \
	X(E_PRECONDITION,-10008, "precondition failed") \
	X(E_MISMATCH,    -10009, "digest mismatch") \
	X(E_SUPERSEDED,  -10010, "superseded by a newer version") \
	X(E_LEASE_LOST,  -10011, "lease lost") \
	X(E_CORRUPT,     -10012, "stored bytes are damaged") \
	X(E_FULL,        -10013, "no space left") \
	X(E_CLOSED,      -10014, "closed before it was done") \
	X(E_NO_DESTINATION, -10015, "destination bucket or table is missing") \
	X(E_BUSY,        -10016, "too busy")

#define X(name, code, text) name = code,
enum err { ERR_TABLE(X) };
#undef X

const char *err_text(int rc);

#endif
