/* SPDX-License-Identifier: BSD-2-Clause */
/* The host's files and terminals. */
#include "host.h"

#include <sys/stat.h>
#include <unistd.h>

enum kvmsafe_status
tool_host_open(const char *path, struct kvmsafe_source **out, struct kvmsafe_error *err)
{
	return kvmsafe_source_path(path, out, err);
}

bool
tool_host_exists(const char *path)
{
	struct stat ignored;

	return stat(path, &ignored) == 0;
}

bool
tool_host_is_output(const char *path)
{
	struct stat file, out;

	return fstat(STDOUT_FILENO, &out) == 0 && S_ISREG(out.st_mode) && stat(path, &file) == 0 &&
	    file.st_dev == out.st_dev && file.st_ino == out.st_ino;
}

bool
tool_host_output_is_terminal(void)
{
	return isatty(STDOUT_FILENO) != 0;
}

bool
tool_host_errors_are_terminal(void)
{
	return isatty(STDERR_FILENO) != 0;
}
