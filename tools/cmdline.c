/* SPDX-License-Identifier: BSD-2-Clause */
/* Parses the command line by the table; operands and options may come in any order. */
#include "cmdline.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "exit.h"
#include "host.h"
#include "number.h"

#define LONG_BASE 256 /* what getopt answers for a long option: this plus its id */

struct parser {
	struct option longs[TOOL_OPTIONS + 1];
	char shorts[2 + 2 * TOOL_OPTIONS + 1];
	struct kvmsafe_error wrong; /* the first mistake: --json and --help may come behind it */
};

bool
tool_given(const struct tool_options *options, enum tool_option_id id)
{
	return (options->given & TOOL_BIT(id)) != 0;
}

/* "-:": operands in their order, whatever POSIXLY_CORRECT says, and a missing argument is ':'. */
static void
parser_init(struct parser *parser)
{
	size_t nlongs = 0, nshorts = 0;

	*parser = (struct parser){ .wrong = { .status = KVMSAFE_OK } };
	parser->shorts[nshorts++] = '-';
	parser->shorts[nshorts++] = ':';
	for (int id = 0; id < TOOL_OPTIONS; id++) {
		const struct tool_option *const o = &tool_option_table[id];

		if (o->name != NULL)
			parser->longs[nlongs++] = (struct option){ .name = o->name,
				.has_arg = o->argument != NULL ? required_argument : no_argument,
				.val = LONG_BASE + id };
		if (o->letter != 0)
			parser->shorts[nshorts++] = o->letter;
		if (o->letter != 0 && o->argument != NULL)
			parser->shorts[nshorts++] = ':';
	}
}

static int
option_of(int answer)
{
	if (answer >= LONG_BASE)
		return answer - LONG_BASE;
	for (int id = 0; id < TOOL_OPTIONS; id++)
		if (tool_option_table[id].letter == answer)
			return id;
	return -1;
}

static void
wrong_option(struct parser *parser, int answer, const char *word)
{
	const char *const what = answer == ':' ? "its argument is missing" : "no such option";

	if (optopt > 0 && optopt < LONG_BASE)
		tool_usage(&parser->wrong, "-%c: %s", optopt, what);
	else if (answer != ':' && optopt >= LONG_BASE)
		tool_usage(&parser->wrong, "%s: this option takes no argument", word);
	else
		tool_usage(&parser->wrong, "%s: %s", word, what);
}

static void
set_number(struct parser *parser, const struct tool_option *option, const char *text, uint32_t *out)
{
	uint64_t value;

	if (tool_number(text, &value) && value <= UINT32_MAX)
		*out = (uint32_t)value;
	else
		tool_usage(&parser->wrong, "--%s: a number below 2^32 is expected, found '%s'",
		    option->name, text);
}

static void
set_option(struct parser *parser, struct tool_options *options, enum tool_option_id id)
{
	const struct tool_option *const option = &tool_option_table[id];

	options->given |= TOOL_BIT(id);
	if (id == TOOL_DUMP)
		options->vmcore = optarg;
	else if (id == TOOL_KERNEL)
		options->kernel = optarg;
	else if (id == TOOL_ARCH)
		options->arch = optarg;
	else if (id == TOOL_PAGE_SIZE)
		set_number(parser, option, optarg, &options->page_bytes);
	else if (id == TOOL_ENTRY_SIZE)
		set_number(parser, option, optarg, &options->entry_bytes);
	else if (id == TOOL_CPU)
		set_number(parser, option, optarg, &options->cpu);
	else if (id == TOOL_VNET && !tool_number(optarg, &options->vnet))
		tool_usage(&parser->wrong, "--vnet: an address is expected, found '%s'", optarg);
}

static void
scan(struct parser *parser, struct tool_options *options, int argc, char *argv[])
{
	int answer;

	opterr = 0;
	optind = 0; /* starts anew; 1 would keep what C libraries remember besides */
	while ((answer = getopt_long(argc, argv, parser->shorts, parser->longs, NULL)) != -1) {
		const int id = option_of(answer);

		if (answer == 1)
			options->words[options->noperands++] = optarg;
		else if (answer == '?' || answer == ':' || id < 0)
			wrong_option(parser, answer, argv[optind - 1]);
		else
			set_option(parser, options, (enum tool_option_id)id);
	}
	for (; optind < argc; optind++)
		options->words[options->noperands++] = argv[optind];
	options->operands = options->words;
}

static const char *
option_name(int id, char text[32])
{
	const struct tool_option *const o = &tool_option_table[id];

	if (o->name != NULL)
		(void)snprintf(text, 32, "--%s", o->name);
	else
		(void)snprintf(text, 32, "-%c", o->letter);
	return text;
}

static void
check_options(const struct tool_options *options, struct kvmsafe_error *wrong)
{
	const uint32_t legal = TOOL_EVERYWHERE | options->command->options;
	uint32_t exclusive =
	    options->given & (TOOL_FORMATS | TOOL_BIT(TOOL_JSON) | TOOL_BIT(TOOL_KERNEL_LINES));
	char text[2][32];
	int first = -1;

	for (int id = 0; id < TOOL_OPTIONS; id++)
		if ((options->given & ~legal & TOOL_BIT(id)) != 0)
			tool_usage(wrong, "%s takes no %s", options->command->name,
			    option_name(id, text[0]));
	if (!tool_given(options, TOOL_RAW)) /* dmesg --json --kernel is sound */
		exclusive &= ~TOOL_BIT(TOOL_KERNEL_LINES);
	for (int id = 0; id < TOOL_OPTIONS; id++) {
		if ((exclusive & TOOL_BIT(id)) == 0)
			continue;
		if (first >= 0)
			tool_usage(wrong, "%s and %s exclude each other",
			    option_name(first, text[0]), option_name(id, text[1]));
		first = id;
	}
}

static void
take_dump(struct tool_options *options, struct kvmsafe_error *wrong)
{
	if (options->vmcore != NULL)
		return;
	if (options->command->takes == TOOL_MAY_HAVE_DUMP &&
	    (options->noperands == 0 || !tool_host_exists(options->operands[0])))
		return;
	if (options->noperands == 0) {
		tool_usage(wrong, "VMCORE is missing: which dump?");
		return;
	}
	options->vmcore = options->operands[0];
	options->operands++;
	options->noperands--;
}

static void
check_operands(const struct tool_options *options, struct kvmsafe_error *wrong)
{
	const struct tool_command *const command = options->command;
	size_t wanted = 0;

	while (wanted < TOOL_OPERANDS_MAX && command->operands[wanted] != NULL)
		wanted++;
	if (options->noperands < wanted)
		tool_usage(wrong, "%s is missing", command->operands[options->noperands]);
	else if (options->noperands > wanted && !command->repeats)
		tool_usage(wrong, "'%s': too many operands", options->operands[wanted]);
}

/* Everything that the command's row says about its arguments. */
static void
check(struct tool_options *options, struct kvmsafe_error *wrong)
{
	if (wrong->status != KVMSAFE_OK)
		return;
	check_options(options, wrong);
	if (wrong->status == KVMSAFE_OK)
		take_dump(options, wrong);
	if (wrong->status == KVMSAFE_OK)
		check_operands(options, wrong);
}

static void
find_command(struct tool_options *options, struct kvmsafe_error *wrong)
{
	if (options->noperands == 0) {
		tool_usage(wrong, "a command is missing");
		return;
	}
	options->command = tool_command_find(options->operands[0]);
	if (options->command == NULL)
		tool_usage(wrong, "'%s': no such command", options->operands[0]);
	options->operands++;
	options->noperands--;
}

int
tool_options_init(struct tool_options *options, int argc, char *argv[])
{
	struct parser parser;

	*options = (struct tool_options){ 0 };
	options->words = calloc((size_t)argc + 1, sizeof(*options->words));
	if (options->words == NULL)
		return tool_no_memory();
	parser_init(&parser);
	scan(&parser, options, argc, argv);
	if (tool_given(options, TOOL_HELP) || tool_given(options, TOOL_VERSION)) {
		if (options->noperands > 0)
			options->command = tool_command_find(options->operands[0]);
		return 0;
	}
	find_command(options, &parser.wrong);
	if (options->command != NULL)
		check(options, &parser.wrong);
	return parser.wrong.status == KVMSAFE_OK ? 0 : tool_refuse(options, &parser.wrong);
}

void
tool_options_fini(struct tool_options *options)
{
	free(options->words);
}
