/* etc.h - the few files of /etc that programs look for: who they are, how names are resolved, where libraries and certificates lie. */
#ifndef SANDBOX_ETC_H
#define SANDBOX_ETC_H

#define ETC_HOST "169.254.76.1"		/* a host name as AWS's are */

/* Into view/etc, from the working directory. */
int etc_make(void);

#endif
