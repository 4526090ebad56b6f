/* SPDX-License-Identifier: BSD-2-Clause */
/* Parses the command line, runs the command, answers its exit code. */
#include "run.h"

#include "cmdline.h"
#include "help.h"

int
tool_run(int argc, char *argv[])
{
	struct tool_options options;
	int code = tool_options_init(&options, argc, argv);

	if (code == 0) {
		if (tool_given(&options, TOOL_HELP))
			tool_help(options.command);
		else if (tool_given(&options, TOOL_VERSION))
			tool_version();
		else
			code = options.command->run(&options);
	}
	tool_options_fini(&options);
	return code;
}
