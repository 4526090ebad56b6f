# SPDX-License-Identifier: BSD-2-Clause
"""C as text: tokens, brackets, functions. Enough for our house style, no compiler."""
import bisect
import re
from dataclasses import dataclass

TOKEN = re.compile(
    r"""(?P<comment>/\*.*?\*/|//[^\n]*)
    |(?P<string>"(?:\\.|[^"\\])*")
    |(?P<char>'(?:\\.|[^'\\])*')
    |(?P<word>[A-Za-z_]\w*)
    |(?P<number>\.?\d[\w.]*)
    |(?P<space>\s+)
    |(?P<sign><<=|>>=|\.\.\.|->|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|.)""",
    re.S | re.X)
DIRECTIVE = re.compile(r"[ \t]*#(?:\\\n|/\*.*?\*/|[^\n])*", re.S)
OPEN, CLOSE = {"(": ")", "[": "]", "{": "}"}, {")", "]", "}"}


@dataclass(frozen=True)
class Token:
    kind: str  # word, number, string, char, sign
    text: str
    start: int  # offset in the file

    @property
    def end(self):
        return self.start + len(self.text)


@dataclass(frozen=True)
class Function:
    name: str
    first: int  # index of its opening brace
    last: int  # and of the closing one


class Source:
    """Tokens of a file, without comments, directives and what only another system compiles."""

    def __init__(self, path, text):
        self.path, self.text = path, text
        self.newlines = [m.start() for m in re.finditer("\n", text)]
        self.tokens = list(self._tokens())
        self.partner = self._partners()

    def line(self, offset):
        return bisect.bisect_left(self.newlines, offset) + 1

    def between(self, first, end):
        """Text of tokens [first, end) on one line."""
        if first >= end:
            return ""
        return " ".join(self.text[self.tokens[first].start:self.tokens[end - 1].end].split())

    def _tokens(self):
        at, begins, stack = 0, True, []  # of stack: is this branch compiled here?
        while at < len(self.text):
            found = DIRECTIVE.match(self.text, at) if begins else None
            if found:
                directive(found[0], stack)
            else:
                found = TOKEN.match(self.text, at)
                if found.lastgroup not in ("space", "comment") and all(stack):
                    yield Token(found.lastgroup, found[0], at)
            at = found.end()
            begins = self.text.rfind("\n", 0, at) >= 0 and not self.text[
                self.text.rfind("\n", 0, at) + 1:at].strip() or at == 0

    def _partners(self):
        partner, stack = {}, []
        for i, token in enumerate(self.tokens):
            if token.kind != "sign":
                continue
            if token.text in OPEN:
                stack.append(i)
            elif token.text in CLOSE:
                partner[i] = stack.pop()
                partner[partner[i]] = i
        return partner

    def functions(self):
        """Definitions: a name, parameters, a body, none of it inside anything else."""
        i = 0
        while i < len(self.tokens):
            token = self.tokens[i]
            if token.kind == "word" and self.is_at(i + 1, "("):
                body = self.partner[i + 1] + 1
                if self.is_at(body, "{"):
                    yield Function(token.text, body, self.partner[body])
                    i = body
            i = self.partner[i] + 1 if self.is_at(i, *OPEN) else i + 1

    def is_at(self, i, *texts):
        return i < len(self.tokens) and self.tokens[i].text in texts and self.tokens[
            i].kind in ("sign", "word")

    def statement_end(self, i):
        """Index behind the statement that begins at token i."""
        while True:
            text = self.tokens[i].text
            if text == "{":
                return self.partner[i] + 1
            if text in ("if", "for", "while", "switch"):
                end = self.partner[i + 1] + 1
                if text != "if":
                    i = end
                    continue
                end = self.statement_end(end)
                if not self.is_at(end, "else"):
                    return end
                i = end + 1
            elif text == "do":
                i = self.statement_end(i + 1)  # the while behind it ends in ';'
                return self.partner[i + 1] + 2
            else:
                return self.find(i, len(self.tokens), ";") + 1

    def find(self, i, end, *texts):
        """The first such sign in [i, end), brackets passed over; or end."""
        while i < end and not self.is_at(i, *texts):
            i = self.partner[i] + 1 if self.is_at(i, *OPEN) else i + 1
        return min(i, end)

    def split(self, i, end, sign):
        """Ranges of tokens [i, end) between such signs, brackets passed over."""
        parts = []
        while True:
            at = self.find(i, end, sign)
            parts.append((i, at))
            if at == end:
                return parts
            i = at + 1


def directive(text, stack):
    """Follow #if: all that is asked of the host is whether it is FreeBSD, which it is not."""
    words = text.replace("#", " ", 1).split()
    if words[:1] == ["ifdef"] or words[:1] == ["ifndef"]:
        foreign = words[1] == "__FreeBSD__"
        stack.append(not foreign if words[0] == "ifdef" else True)
    elif words[:1] == ["if"]:
        stack.append(True)
    elif words[:1] == ["else"] and stack:
        stack[-1] = not stack[-1]
    elif words[:1] == ["endif"] and stack:
        stack.pop()
