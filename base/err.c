#include "base/err.h"

#include <string.h>

const char *err_text(int rc)
{
	switch (rc) {
#define X(name, code, text) case name: return text;
	ERR_TABLE(X)
#undef X
	default:
		return rc == 0 ? "ok" : strerror(-rc);
	}
}
