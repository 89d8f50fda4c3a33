#include "functions/runner/say.h"

#include <stdarg.h>
#include <stdio.h>

enum reason say(char message[SAY_MAX], enum reason r, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(message, SAY_MAX, fmt, args);
	va_end(args);
	return r;
}
