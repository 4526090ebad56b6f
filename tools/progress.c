/* SPDX-License-Identifier: BSD-2-Clause */
/* Draws the bar: first after a second, then ten times a second at most. */
#include "progress.h"

#include <inttypes.h>
#include <stdio.h>

#include "cmdline.h"
#include "host.h"

#define WIDTH 40
#define CALLS_A_LOOK 256 /* a look at the clock costs more than a page */
#define REDRAW_NS 100000000L

static bool
is_due(const struct tool_progress *progress, struct timespec *now)
{
	if (clock_gettime(CLOCK_MONOTONIC, now) != 0)
		return false;
	return now->tv_sec > progress->next.tv_sec ||
	    (now->tv_sec == progress->next.tv_sec && now->tv_nsec >= progress->next.tv_nsec);
}

void
tool_progress_init(
    struct tool_progress *progress, const struct tool_options *options, uint64_t total)
{
	*progress = (struct tool_progress){ .total = total };
	progress->on = !tool_given(options, TOOL_QUIET) && tool_host_errors_are_terminal() &&
	    !tool_host_output_is_terminal() && clock_gettime(CLOCK_MONOTONIC, &progress->next) == 0;
	progress->next.tv_sec++;
}

static void
draw(const struct tool_progress *progress, uint64_t done)
{
	char bar[WIDTH + 1];
	int filled = 0;

	if (progress->total == 0) {
		(void)fprintf(stderr, "\r%" PRIu64, done);
	} else {
		const double part = (double)done / (double)progress->total;

		filled = part >= 1 ? WIDTH : (int)(part * WIDTH);
		for (int i = 0; i < WIDTH; i++)
			bar[i] = i < filled ? '=' : ' ';
		bar[WIDTH] = '\0';
		(void)fprintf(stderr, "\r[%s] %3d%%", bar, part >= 1 ? 100 : (int)(part * 100));
	}
	(void)fflush(stderr);
}

void
tool_progress_step(struct tool_progress *progress, uint64_t done)
{
	struct timespec now;

	if (!progress->on || progress->calls++ % CALLS_A_LOOK != 0 || !is_due(progress, &now))
		return;
	draw(progress, done);
	progress->drawn = true;
	progress->next = now;
	progress->next.tv_nsec += REDRAW_NS;
	if (progress->next.tv_nsec >= 1000000000L) {
		progress->next.tv_nsec -= 1000000000L;
		progress->next.tv_sec++;
	}
}

void
tool_progress_fini(struct tool_progress *progress)
{
	if (progress->drawn)
		(void)fprintf(stderr, "\r%*s\r", WIDTH + 8, "");
	progress->on = false;
	progress->drawn = false;
}
