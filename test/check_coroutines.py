#!/usr/bin/env python3
"""Rejects what does not survive in coroutines or does not belong into tests.

g++ 12 destroys a capturing-lambda temporary, an aggregate temporary or what `?:` comes to twice when it stands in a
statement with co_await; which T{...} is an aggregate, and which `?:` is of a class, cannot be told from the text, so
every one is rejected: name it before, or write T(...). It builds a coroutine wrong that waits in the condition of an
if: some of them, and which cannot be told either. A detached coroutine outlives what it uses. A test that sleeps is slow or flaky.

usage: check_coroutines.py DIRECTORY...         exits 1 with one line a violation
       check_coroutines.py --self-test          proves on samples that violations are found, and nothing else
"""
import pathlib
import re
import sys

TOKEN = re.compile(r"""
    (?P<skip>\s+|//[^\n]*|/\*.*?\*/|\#[^\n]*(?:\\\n[^\n]*)*)
  | (?P<raw>R"(?P<delimiter>[^(\s]{0,16})\(.*?\)(?P=delimiter)")
  | (?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
  | (?P<number>\.?\d(?:['.\w]|[eEpP][+-])*)
  | (?P<word>[A-Za-z_]\w*)
  | (?P<mark>::|->|&&|\|\||\[\[|\]\]|.)
""", re.VERBOSE | re.DOTALL)
OPENING = {"(": ")", "[": "]", "{": "}", "[[": "]]"}
CLOSING = {closing: opening for opening, closing in OPENING.items()}
BEFORE_BLOCK = {")", "else", "do", "try", "mutable", "noexcept", "const", "override", "final", ";", "{", "}", ":"}


def tokens_of(text):
    tokens, line = [], 1
    for match in TOKEN.finditer(text):
        if not match.group("skip"):
            kind = "string" if match.group("raw") else match.lastgroup
            tokens.append((match.group(), line, kind))
        line += match.group().count("\n")
    return tokens


def partners_of(tokens):
    """Index of the bracket that belongs to each bracket."""
    partners, open_ones = {}, []
    for index, (text, _, kind) in enumerate(tokens):
        if kind != "mark":
            continue
        if text in OPENING:
            open_ones.append(index)
        elif text in CLOSING and open_ones:
            partner = open_ones.pop()
            partners[partner], partners[index] = index, partner
    return partners


def is_block(tokens, partners, index):
    """Whether the brace at `index` opens a block and not an initialiser."""
    before = tokens[index - 1][0] if index else ";"
    if before in BEFORE_BLOCK:
        return True
    # The trailing return type of a lambda: only what a type is made of back to an arrow behind a parenthesis.
    at = index - 1
    while at > 0 and (tokens[at][2] == "word" or tokens[at][0] in ("::", "<", ">", "*", "&", ",")):
        at -= 1
    if at > 0 and tokens[at][0] == "->" and tokens[at - 1][0] in (")", "mutable", "noexcept"):
        return True
    # A lambda without parameters, a class, a namespace, an enumeration.
    if before == "]" and is_lambda(tokens, partners[index - 1]):
        return True
    at = index - 1
    while at >= 0 and tokens[at][0] not in (";", "{", "}", "(", ")", "="):
        if tokens[at][0] in ("class", "struct", "union", "enum", "namespace"):
            return True
        at -= 1
    return False


def is_lambda(tokens, index):
    """Whether the bracket at `index` opens a lambda and not a subscript."""
    before, _, kind = tokens[index - 1] if index else (";", 0, "mark")
    ends_a_value = kind in ("word", "string") and before not in ("return", "co_return", "co_await", "co_yield")
    return not ends_a_value and before not in (")", "]")


def statement_around(tokens, partners, index):
    """First and last index of the statement that the token at `index` is part of."""
    first = index
    while first > 0:
        text, _, kind = tokens[first - 1]
        if kind == "mark" and text in CLOSING and first - 1 in partners:
            opening = partners[first - 1]
            if text == "}" and is_block(tokens, partners, opening) and not is_lambda_body(tokens, partners, opening):
                break
            first = opening
        elif text == ";" and kind == "mark" or text == "{" and is_block(tokens, partners, first - 1):
            break
        else:
            first -= 1
    last = index
    while last + 1 < len(tokens):
        text, _, kind = tokens[last + 1]
        if kind == "mark" and text in OPENING and last + 1 in partners:
            if text == "{" and is_block(tokens, partners, last + 1) and not is_lambda_body(tokens, partners, last + 1):
                break
            last = partners[last + 1]
        elif kind == "mark" and text == ";":
            break
        elif kind == "mark" and text == "}" and is_block(tokens, partners, partners.get(last + 1, 0)):
            break
        else:
            last += 1
    return first, last


def is_lambda_body(tokens, partners, index):
    """Whether the brace at `index` opens the body of a lambda."""
    at = index - 1
    while at > 0 and tokens[at][0] not in (";", "{", "}", "(", ")", "]", "="):
        at -= 1
    if tokens[at][0] == ")":
        at = partners.get(at, 0) - 1
    return at > 0 and tokens[at][0] == "]" and at in partners and is_lambda(tokens, partners[at])


def temporaries(tokens, partners, first, last):
    """What g++ 12 would destroy twice within a statement, without what is inside the bodies of its lambdas."""
    index = first
    while index <= last:
        text, line, kind = tokens[index]
        if kind == "mark" and text == "[" and is_lambda(tokens, index) and index in partners:
            if partners[index] > index + 1:
                yield line, "a capturing lambda in a statement with co_await: name it first"
        elif kind == "mark" and text == "?":
            yield line, "a ?: in a statement with co_await: name what it comes to first"
        elif kind == "mark" and text == "{" and index in partners:
            if is_block(tokens, partners, index):
                index = partners[index]
            elif is_temporary(tokens, first, index) and not is_number(tokens, index, partners[index]):
                yield line, "a braced temporary in a statement with co_await: name it first, or use parentheses"
        index += 1


def is_number(tokens, opening, closing):
    """`seconds{1}`: a duration, which nothing destroys."""
    return closing == opening + 2 and tokens[opening + 1][2] == "number"


def is_temporary(tokens, first, index):
    """Whether the initialiser at `index` belongs to a temporary and not to the variable that is declared."""
    before, _, kind = tokens[index - 1]
    if kind != "word":
        return before != "="  # `T name = {...}` initialises a variable
    start = index - 1
    while start - 1 >= first and tokens[start - 1][0] == "::":
        start -= 2
    # `T name{`, `T& name{`, `auto* name{`, `T<U> name{` declare a name.
    previous, _, previous_kind = tokens[start - 1] if start > first else (";", 0, "mark")
    keyword = previous in ("return", "co_return", "co_await", "co_yield", "throw", "case")
    return not ((previous_kind == "word" and not keyword) or previous in ("&", "*", ">"))


def decides_if(tokens, partners, index):
    """Whether the co_await at `index` stands in the condition of an `if` without being what it declares, or in that of an
    `if` or a loop that does nothing but throw."""
    at = index - 1
    while at > 0:
        text, _, kind = tokens[at]
        if kind == "mark" and text in CLOSING and at in partners:
            at = partners[at] - 1
            continue
        if kind == "mark" and text == "{":
            return False
        if kind == "mark" and text == "(" and tokens[at - 1][0] in ("if", "while", "constexpr") and at in partners:
            declares = any(word == "=" for word, _, _ in tokens[at:index])
            if tokens[at - 1][0] != "while" and not declares:
                return True
            after = partners[at] + 1
            if after < len(tokens) and tokens[after][0] == "{":
                after += 1
            return after < len(tokens) and tokens[after][0] == "throw"
        at -= 1
    return False


def violations(text, is_test):
    tokens = tokens_of(text)
    partners = partners_of(tokens)
    found = set()
    for index, (word, line, kind) in enumerate(tokens):
        if kind != "word":
            continue
        if word == "co_await":
            found.update(temporaries(tokens, partners, *statement_around(tokens, partners, index)))
            if decides_if(tokens, partners, index):
                found.add((line, "a co_await in a condition: name what it comes to first"))
        elif word == "detached":
            found.add((line, "a detached coroutine: run it in a task_group"))
        elif is_test and word in ("sleep_for", "usleep", "nanosleep"):
            found.add((line, "a test that sleeps: use virtual_time, or run the loop until it happens"))
    return sorted(found)


SAMPLES = """
co_await f([x] { return x; }); // reject
co_await f([&] { return x; }); // reject
co_await f([=]() mutable -> int { return x; }); // reject
auto y = co_await f(1, [this] {}); // reject
if (co_await f([&](int a) { return a == x; })) {} // reject
co_await f(options{.limit = 1}); // reject
co_await f(ns::options{a, b}); // reject
co_await f(options{}); // reject
co_await f({a, b}); // reject
co_return co_await f(pair<int>{a, b}); // reject
f(options{a}, co_await g()); // reject
for (auto x = co_await f(point{a, b}); x; ++x) {} // reject
co_await f(a ? b() : c()); // reject
co_await f(a + (b ? c : d)); // reject
auto y = x ? co_await f() : g(); // reject
co_return co_await (x ? f() : g()); // reject
if (!co_await f()) throw lost(); // reject
if (!co_await f()) { throw lost(); } // reject
if (auto x = co_await f(a[0]); !x) throw lost(x); // reject
if (auto x = f(); co_await g(x)) throw lost(x); // reject
while (g(co_await f())) { throw lost(); } // reject
co_spawn(loop, work(), detached); // reject
std::this_thread::sleep_for(1s); // reject
co_spawn(loop, [&]() -> awaitable<void> { co_await f(options{a}); }, token); // reject
auto g = [&]() -> awaitable<void> { co_await f([x] {}); }; // reject
co_await f([] { return 1; });
co_await f([](int a) { co_await g(a); });
co_spawn(loop, [&]() -> awaitable<void> { co_await f(x); }, token);
co_spawn(loop, [self = x]() -> awaitable<void> { auto p = point{a, b}; co_await f(std::move(p)); }, token);
auto const named = [&] { return x; }; co_await f(std::move(named));
options o{.limit = 1}; co_await f(std::move(o));
point p{co_await f(), 1};
ns::point<int> const p{co_await f(), 1};
std::array<int, 2> p = {co_await f(), 1};
auto const n = list[index]; co_await f(n[0], values(a)[1]);
co_await sleep_until(now() + seconds{1});
if (x) { co_await f(); } else { g(point{a, b}); }
try { co_await f(); } catch (error const&) { g([&] {}); }
auto const named = a ? b() : c(); co_await f(named);
co_await f([](bool a) { return a ? b() : c(); });
auto const h = a ? [](int x) -> awaitable<int> { co_return co_await f(x); } : g;
bool const held = co_await f(); if (!held) throw lost();
if (!co_await f()) { g(); throw lost(); } // reject
if (co_await f()) g(); else throw lost(); // reject
if (!co_await f()) g(); // reject
if (x && (y || co_await f() != z)) { g(); } // reject
if (auto x = co_await f()) { g(x); }
while (auto x = co_await f()) { g(x); }
if (x) { co_await f(); } if (y) throw lost();
awaitable<void> a::b() { co_await f(); } void c() { g([&] {}); }
struct guard { int x; ~guard() {} }; co_await f();
// co_await f([&] {}); is only talked about
char const* text = "co_await f([&] {})"; auto raw = R"(co_await f(options{a}); detached)";
""".strip().splitlines()


def self_test():
    for sample in SAMPLES:
        text, _, verdict = sample.partition(" // reject")
        rejected = bool(violations(text + "\n", is_test=True))
        assert rejected == (" // reject" in sample), sample
    # Together they are a text as well: nothing may leak from one statement into the next.
    whole = "\n".join(SAMPLES) + "\n"
    expected = [line for line, sample in enumerate(SAMPLES, 1) if sample.endswith("// reject")]
    assert sorted({line for line, _ in violations(whole, is_test=True)}) == expected


def main(directories):
    failed = False
    for directory in directories:
        paths = sorted(directory.rglob("*.[ch]pp"))
        if not paths:
            sys.exit(f"check_coroutines.py: no sources in {directory}")
        for path in paths:
            for line, what in violations(path.read_text(), is_test=directory.name == "test"):
                print(f"{path}:{line}: {what}")
                failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    if sys.argv[1:] == ["--self-test"]:
        self_test()
        sys.exit(0)
    sys.exit(main([pathlib.Path(each) for each in sys.argv[1:]]))
