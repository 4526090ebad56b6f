/* SPDX-License-Identifier: BSD-2-Clause */
/* The program: one run, and what could not be written. */
#include "exit.h"
#include "run.h"

int
main(int argc, char *argv[])
{
	return tool_finish(tool_run(argc, argv));
}
