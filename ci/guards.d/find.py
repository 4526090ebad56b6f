# SPDX-License-Identifier: BSD-2-Clause
"""Guards of a C file, and for each the text that is left when it is deleted."""
import hashlib
import re
from dataclasses import dataclass

from ctext import Source

STOPS = {"return", "break", "continue", "goto"}
REPORTS = re.compile(r"kvs_fail|kvs_findings_(note|add)$|note_|give_up$|refused?$|malformed$")
RELATIONS = {"<", ">", "<=", ">="}
CHECKED = {
    "kvs_add": "(*({2}) = (uint64_t)({0}) + (uint64_t)({1}), 1)",
    "kvs_mul": "(*({2}) = (uint64_t)({0}) * (uint64_t)({1}), 1)",
    "kvs_round_up": "(*({2}) = ((uint64_t)({0}) + ((UINT64_C(1) << ({1})) - 1)) & "
                    "~((UINT64_C(1) << ({1})) - 1), 1)",
    "kvs_within": "((uint64_t)({0}) + (uint64_t)({1}) <= (uint64_t)({2}))",
}
ASSIGN = {"=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>="}
LEFT_OF_CHOICE = ASSIGN | {"return", ",", "(", "[", "{", ";", "?", ":", "case"}


@dataclass(frozen=True)
class Guard:
    path: str
    function: str
    line: int
    kind: str
    text: str
    id: str
    start: int  # of the file's text
    end: int
    replacement: str

    def apply(self, text):
        """The file without this guard; lines keep their numbers."""
        missing = text.count("\n", self.start, self.end) - self.replacement.count("\n")
        return text[:self.start] + self.replacement + "\n" * missing + text[self.end:]


def find_guards(path, text):
    source = Source(path, text)
    finder = Finder(source)
    for function in source.functions():
        finder.scan(function)
    return sorted(finder.guards, key=lambda guard: (guard.start, guard.end, guard.id))


class Finder:
    def __init__(self, source):
        self.source, self.guards, self.seen = source, [], {}
        self.function = None

    def scan(self, function):
        self.function = function.name
        for i in range(function.first, function.last):
            token = self.source.tokens[i]
            if token.text == "if" and token.kind == "word":
                self.condition(i)
            elif token.text in ("while", "for") and token.kind == "word":
                self.loop(i)
            elif token.text == "return" and token.kind == "word":
                self.verdict(i + 1, self.source.find(i, function.last, ";"))
            elif token.text == "=" and token.kind == "sign":
                self.verdict(i + 1, self.source.find(i, function.last, ";", ",", "}", ")"))
            elif token.text == "?" and token.kind == "sign":
                self.choice(i)
            elif self.source.is_at(i + 1, "(") and token.kind == "word":
                self.call(i)

    def add(self, kind, first, end, replacement, what=None):
        source = self.source
        start, stop = source.tokens[first].start, source.tokens[end - 1].end
        text = what or source.between(first, end)
        digest = hashlib.sha256(f"{kind} {text}".encode()).hexdigest()[:8]
        ident = f"{source.path}:{self.function}:{digest}"
        twins = self.seen[ident] = self.seen.get(ident, 0) + 1
        self.guards.append(Guard(source.path, self.function, source.line(start), kind, text,
            ident if twins == 1 else f"{ident}.{twins}", start, stop, replacement))

    def raw(self, first, end):
        return self.source.text[self.source.tokens[first].start:self.source.tokens[end - 1].end]

    def force(self, kind, first, end, value, what=None):
        """A condition that is still computed, but always answers the same."""
        self.add(kind, first, end, f"((void)({self.raw(first, end)}), {value})", what)

    def is_checked_call(self, first, end):
        source = self.source
        first += source.is_at(first, "!")
        return source.tokens[first].text in CHECKED and source.partner.get(first + 1) == end - 1

    def condition(self, i):
        """An if whose body reports or stops: each way into the body is a guard."""
        source = self.source
        first, end = i + 2, source.partner[i + 1]
        body = range(end + 1, source.statement_end(end + 1))
        words = {source.tokens[k].text for k in body if source.tokens[k].kind == "word"}
        what = source.between(first, end)
        if re.search(r"status == KVMSAFE_OK$", what) and not words & STOPS:
            self.force("goes on", first, end, 1)
            return
        clamps = len(body) > 0 and source.find(body[0], body[-1] + 1, *ASSIGN) < body[-1] and \
            not source.is_at(end + 1, "{") and not source.is_at(body[-1] + 1, "else") and \
            any(source.tokens[k].text in RELATIONS for k in range(first, end))
        if not (words & STOPS or any(REPORTS.match(word) for word in words) or clamps):
            return
        kind = "if" if words & STOPS or not clamps else "clamp"
        ways = source.split(first, end, "||")
        for a, b in ways:
            if not self.is_checked_call(a, b):
                self.force(kind, a, b, 0)

    def loop(self, i):
        """What ends a loop, where more than one thing does."""
        source = self.source
        first, end = i + 2, source.partner[i + 1]
        if source.tokens[i].text == "for":
            parts = source.split(first, end, ";")
            first, end = parts[1]
        ends = source.split(first, end, "&&") if first < end else []
        for a, b in ends if len(ends) > 1 else []:
            if not self.is_checked_call(a, b):
                self.force("loop", a, b, 1)

    def verdict(self, first, end):
        """A truth value of several conditions: each by itself."""
        source = self.source
        if end <= first or source.find(first, end, "?") < end:
            return
        alternatives = source.split(first, end, "||")
        if len(alternatives) > 1:
            for a, b in alternatives:
                if not self.is_checked_call(a, b):
                    self.force("verdict", a, b, 0)
            return
        parts = source.split(first, end, "&&")
        for a, b in parts if len(parts) > 1 else []:
            if not self.is_checked_call(a, b):
                self.force("verdict", a, b, 1)

    def call(self, i):
        source = self.source
        name, end = source.tokens[i].text, source.partner[i + 1]
        args = source.split(i + 2, end, ",")
        if name in CHECKED:
            plain = CHECKED[name].format(*(self.raw(a, b) for a, b in args))
            self.add("checked", i, end + 1, plain)
        elif name == "kvs_min":
            for kept, other in (args, args[::-1]):
                if not self.is_constant(*kept):
                    what = f"{source.between(i, end + 1)} bounds {source.between(*kept)}"
                    self.add("clamp", i, end + 1, f"(uint64_t)({self.raw(*kept)})", what)

    def is_constant(self, first, end):
        words = [token for token in self.source.tokens[first:end] if token.kind == "word"]
        return all(token.text.isupper() for token in words) or \
            self.source.tokens[first].text == "sizeof"

    def choice(self, i):
        """c ? a : b, where c keeps a number in bounds, a pointer from NULL, or asks a status."""
        source = self.source
        first = i
        while not source.is_at(first - 1, *LEFT_OF_CHOICE):
            first = source.partner[first - 1] if source.is_at(first - 1, ")", "]", "}") else first - 1
        middle = i + 1
        nested = 0
        while nested > 0 or not source.is_at(middle, ":"):
            nested += source.is_at(middle, "?") - source.is_at(middle, ":")
            middle = source.partner[middle] + 1 if source.is_at(middle, "(", "[", "{") else middle + 1
        end = source.find(middle + 1, len(source.tokens), ";", ",", ":", ")", "]", "}")
        for value in self.deletions((first, i), (i + 1, middle), (middle + 1, end)):
            kept = source.between(*((i + 1, middle) if value else (middle + 1, end)))
            self.force("choice", first, i, value, f"{source.between(first, end)} else {kept}")

    def deletions(self, asked, yes, no):
        source = self.source
        condition = source.between(*asked)
        if "string" in (source.tokens[yes[0]].kind, source.tokens[no[0]].kind):
            return []
        if re.search(r"!= (NULL|KVMSAFE_OK)$", condition):
            return [1] if condition.endswith("NULL") else [0]
        if re.search(r"== (NULL|KVMSAFE_OK)$", condition):
            return [0] if condition.endswith("NULL") else [1]
        if not any(source.tokens[k].text in RELATIONS for k in range(*asked)):
            return []
        return [value for value, kept in ((1, yes), (0, no)) if not self.is_constant(*kept)]
