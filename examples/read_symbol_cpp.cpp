// SPDX-License-Identifier: BSD-2-Clause
// The headers are C++ as well: prints what the kernel calls itself, read_symbol_cpp KERNEL VMCORE.
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <string>

#include <kvmsafe/kvmsafe.h>

namespace
{

template <typename T, void (*destroy)(T *)> struct deleter {
	void operator()(T *object) const
	{
		destroy(object);
	}
};
using source_ptr = std::unique_ptr<kvmsafe_source, deleter<kvmsafe_source, kvmsafe_source_close>>;
using session_ptr = std::unique_ptr<kvmsafe_session, deleter<kvmsafe_session, kvmsafe_close>>;

void
check(kvmsafe_status status, const kvmsafe_error &err)
{
	if (status != KVMSAFE_OK)
		throw std::runtime_error(
		    std::string(kvmsafe_status_name(status)) + ": " + err.message);
}

source_ptr
open_source(const char *path)
{
	kvmsafe_error err = {};
	kvmsafe_source *source = nullptr;

	check(kvmsafe_source_path(path, &source, &err), err);
	return source_ptr(source);
}

std::string
kernel_version(const kvmsafe_session &session)
{
	kvmsafe_symbol symbol = {};
	kvmsafe_error err = {};
	std::string text;
	char letter;
	std::size_t got;

	symbol.name = "version";
	check(kvmsafe_symbols(&session, nullptr, &symbol, 1, nullptr, &err), err);
	if (!symbol.found)
		throw std::runtime_error("the kernel has no symbol `version`");
	for (std::uint64_t va = symbol.value; text.size() < 256; va++) {
		check(kvmsafe_read_va(&session, va, &letter, 1, &got, &err), err);
		if (letter == '\0' || letter == '\n')
			break;
		text += letter >= ' ' && letter <= '~' ? letter : '?'; // it is the dump's text
	}
	return text;
}

} // namespace

int
main(int argc, char **argv)
try {
	if (argc != 3) {
		std::fputs("usage: read_symbol_cpp KERNEL VMCORE\n", stderr);
		return 2;
	}
	const source_ptr kernel = open_source(argv[1]), dump = open_source(argv[2]);
	kvmsafe_options options = {};
	kvmsafe_error err = {};
	kvmsafe_session *opened = nullptr;

	options.size = sizeof(options);
	options.kernel = kernel.get();
	check(kvmsafe_open(dump.get(), &options, &opened, &err), err);

	const session_ptr session(opened);

	std::printf("%s\n", kernel_version(*session).c_str());
	return 0;
} catch (const std::exception &failure) {
	std::fprintf(stderr, "read_symbol_cpp: %s\n", failure.what());
	return 1;
}
